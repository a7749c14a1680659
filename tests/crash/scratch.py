"""One installation of its own: a SQLite file, real workers on it, and what they left behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent

#: Far longer than anything here takes; a slow machine must not fail a test.
PATIENCE_SECONDS = 90.0


class Scratch:
    """Makes jobs, starts workers, reads the truth. ``close`` ends every process by its id, whatever happened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.attempts = folder / "attempts"
        self.installation = ""
        self.environment = os.environ | {
            "SICKBAY_STATE_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.crash.settings",
            "PYTHONWARNINGS": "default",
        }
        self._workers: list[subprocess.Popen[bytes]] = []

    def make(self, *jobs: dict[str, Any], host: dict[str, Any] | None = None) -> list[int]:
        """Make a host and jobs for it; return their ids."""
        here = host or {"name": "here", "executor_type": "process", "options": {"root": str(self.attempts)}}
        asked = json.dumps({"hosts": [{"max_running": 50} | here], "jobs": [{"image": "any"} | job for job in jobs]})
        done = self._python("-m", "tests.crash.make_jobs", asked)
        made = json.loads(done.stdout)
        self.installation = made["installation"]
        return made["jobs"]

    def worker(self, *arguments: str, fault_point: str = "") -> subprocess.Popen[bytes]:
        """Start a worker."""
        number = len(self._workers)
        with (self.folder / f"worker-{number}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "manage.py", "process_container_jobs", "--name", f"worker-{number}", *arguments],
                cwd=PROJECT,
                env=self.environment | {"SICKBAY_FAULT_POINT": fault_point},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._workers.append(worker)
        return worker

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a management command to its end."""
        return self._python("manage.py", *arguments, check=False)

    def said(self, worker: subprocess.Popen[bytes]) -> str:
        """What a worker has written so far."""
        return (self.folder / f"worker-{self._workers.index(worker)}.log").read_text(errors="replace")

    def end(self, worker: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
        """Send a worker a signal, once it is there to take it, and wait for its end."""
        name = f"worker-{self._workers.index(worker)}"
        signed_on = "select 1 from container_manager_worker where name = ?"
        self.wait_until(lambda: worker.poll() is not None or self.rows(signed_on, name), f"{name} is there")
        worker.send_signal(number)
        return worker.wait(timeout=PATIENCE_SECONDS)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Read the database past everybody."""
        with contextlib.closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def job(self, job_id: int) -> dict[str, Any]:
        """One job's row."""
        return self.rows("select * from container_manager_containerjob where id = ?", job_id)[0]

    def attempts_of(self, job_id: int) -> list[dict[str, Any]]:
        """A job's attempts."""
        return self.rows("select * from container_manager_attempt where job_id = ? order by number", job_id)

    def log(self, job_id: int, stream: str) -> bytes:
        """What is stored of one stream, put together."""
        chunks = self.rows(
            "select c.data from container_manager_logchunk c join container_manager_attempt a on a.id = c.attempt_id"
            " where a.job_id = ? and c.stream = ? order by c.position",
            job_id,
            stream,
        )
        return b"".join(zlib.decompress(chunk["data"]) for chunk in chunks)

    def events(self, job_id: int) -> list[str]:
        """The kinds of a job's events, in order."""
        rows = self.rows("select kind from container_manager_jobevent where job_id = ? order by id", job_id)
        return [row["kind"] for row in rows]

    def forget(self, job_id: int) -> None:
        """Take every trace of a job out of the database, as if it had been deleted."""
        attempts = "(select id from container_manager_attempt where job_id = ?)"
        with contextlib.closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=30)) as connection, connection:
            connection.execute(f"delete from container_manager_logchunk where attempt_id in {attempts}", [job_id])
            for table in ("jobevent", "attempt"):
                connection.execute(f"delete from container_manager_{table} where job_id = ?", [job_id])
            connection.execute("delete from container_manager_containerjob where id = ?", [job_id])

    def wait_until(self, happened: Callable[[], object], what: str) -> None:
        """Look again and again until something is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            told = "\n".join(self.said(worker)[-2000:] for worker in self._workers)
            assert time.monotonic() < deadline, f"never came about: {what}\n{told}"
            time.sleep(0.05)

    def wait_until_cleared(self, *job_ids: int) -> None:
        """Wait until nothing is left to do for these jobs."""
        self.wait_until(lambda: all(self._is_cleared(job_id) for job_id in job_ids), f"jobs {job_ids} cleared")

    def close(self) -> None:
        """End the workers, and what runs in their attempts."""
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        for pid in self._pids_of_attempts():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.attempts, ignore_errors=True)

    def running_attempts(self) -> list[int]:
        """The processes that belong to this installation's attempts."""
        return self._pids_of_attempts()

    def _is_cleared(self, job_id: int) -> bool:
        return all(attempt["removed_at"] for attempt in self.attempts_of(job_id)) and bool(
            self.job(job_id)["finished_at"]
        )

    def _pids_of_attempts(self) -> list[int]:
        """Found by the environment that each of our jobs carries."""
        marker = f"SCRATCH={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError):
                    environment = (entry / "environ").read_bytes().split(b"\0")
                    if marker in environment:
                        found.append(int(entry.name))
        return found

    def _python(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr.decode()
        return done
