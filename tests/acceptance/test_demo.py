"""The demo, as a newcomer runs it: with Docker, and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import engine

PROJECT = Path(__file__).resolve().parents[2]

EXPECTED = {
    "sort more than fits": "container-oom-killed",
    "transcode a film": "container-command-not-found",
    "report to the API": "env-var-missing",
    "wait for a lock": "job-timeout-exceeded",
    "run the README": "container-command-permission-denied",
    "write a big report": "disk-full",
}
ON_DOCKER = {
    "use last year's image": "image-tag-not-found",
    "read the invoices": "bind-mount-source-missing",
}
ON_THIS_MACHINE = {
    "work in a removed folder": "container-workdir-invalid",
    "crash in native code": "process-crashed-signal",
}
WORK = 4


def manage(state: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a management command of the example project on a state of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "example.settings", "SICKBAY_STATE_DIR": str(state), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def causes(state: Path, **environment: str) -> dict[str, str]:
    """Return the cause of each job that ended badly, by the job's name."""
    listed = manage(state, "list_jobs", "--limit", "100", "--json", **environment)
    jobs = json.loads(listed.stdout)
    jobs = jobs["jobs"] if isinstance(jobs, dict) else jobs
    assert sum(job["status"] == "completed" for job in jobs) % WORK == 0
    return {job["name"]: job["cause"] for job in jobs if job["status"] != "completed"}


@pytest.mark.docker
def test_on_docker_the_demo_explains_every_failure_and_can_be_run_again_at_once(tmp_path: Path) -> None:
    for _ in range(2):
        done = manage(tmp_path, "demo")

        assert done.returncode == 0, done.stdout + done.stderr
        assert "12 of 12 jobs are over" in done.stdout
    assert causes(tmp_path) == EXPECTED | ON_DOCKER
    containers = engine.oracle().containers.list(all=True, filters={"label": "demo=yes"})
    assert [container.name for container in containers] == []


@pytest.mark.cgroup
def test_without_docker_the_demo_runs_plain_processes_and_explains_every_failure(tmp_path: Path) -> None:
    no_engine = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}

    done = manage(tmp_path, "demo", **no_engine)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 of 12 jobs are over" in done.stdout
    assert causes(tmp_path, **no_engine) == EXPECTED | ON_THIS_MACHINE


@pytest.mark.docker
def test_the_demo_runs_a_job_of_the_users_own_and_returns_its_code(tmp_path: Path) -> None:
    done = manage(tmp_path, "demo", engine.test_image(), "--", "sh", "-c", "echo out; echo err >&2; exit 7")

    assert (done.returncode, done.stdout) == (7, "out\n")
    assert "err\n" in done.stderr
