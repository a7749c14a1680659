"""An installation whose jobs run on the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests import engine
from tests.crash.scratch import PATIENCE_SECONDS, Scratch


class DockerScratch(Scratch):
    """Makes jobs, lets a worker work them off, and shows what a person is shown."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.image = engine.test_image()

    def run(self, **job: Any) -> dict[str, Any]:
        """Run one job to its end and return what ``show_job --json`` says of it."""
        host = {"name": "engine", "executor_type": "docker"}
        [job_id] = self.make({"image": self.image, "network": "none", **job}, host=host)
        worker = self.worker("--once")
        assert worker.wait(timeout=PATIENCE_SECONDS) == 0, self.said(worker)
        shown = self.manage("show_job", str(job_id), "--json")
        assert shown.returncode == 0, shown.stderr.decode()
        detail: dict[str, Any] = json.loads(shown.stdout)
        return detail

    def left_over(self) -> list[str]:
        """The containers and cgroups of this installation that still exist."""
        containers = [container.name for container in engine.containers_of(self.installation)]
        return containers + [str(group) for group in engine.cgroups_of(f"sickbay-{self.installation}-*")]

    def close(self) -> None:
        """End the workers and remove what they left."""
        super().close()
        if self.installation:
            engine.remove_all(self.installation)
