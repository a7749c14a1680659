"""An installation as the fuzzer uses it: with short times, and with workers that begin at once."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.crash.databases import PostgresqlDatabase, SqliteDatabase
from tests.crash.nursery import Child, Nursery
from tests.crash.scratch import Process, Scratch

_SETTINGS = {
    "lease_seconds": 2.0,
    "heartbeat_seconds": 0.3,
    "reconcile_seconds": 0.5,
    "poll_seconds": 0.1,
    "log_flush_seconds": 0.1,
    "concurrency": 4,
}


class FuzzedScratch(Scratch):
    """An installation whose processes come from a nursery."""

    def __init__(self, folder: Path, database: SqliteDatabase | PostgresqlDatabase, nursery: Nursery) -> None:
        super().__init__(folder, database)
        self._nursery = nursery
        self.children: list[Child] = []
        self.configure(**_SETTINGS)

    def start(self, command: list[str], *, environment: Mapping[str, str], folder: Path | None = None) -> Process:
        """Fork a worker."""
        log = self.folder / f"worker-{len(self._workers)}.log"
        log.touch()
        child = self._nursery.fork(command[1:], self.environment | dict(environment), log)
        self.children.append(child)
        self._workers.append(child)  # type: ignore[arg-type]  # it is used in the same way
        return child  # type: ignore[return-value]  # likewise

    def python(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Fork a program and wait for its end."""
        log = Path(tempfile.mkstemp(dir=self.folder, prefix="program-")[1])
        child = self._nursery.fork(arguments, self.environment, log)
        code = child.wait(60)
        said = log.read_bytes()
        assert not check or code == 0, said.decode()
        return subprocess.CompletedProcess(arguments, code, said, said)
