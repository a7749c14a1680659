"""One installation of its own: a database, real workers on it, and what they left behind."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests import engine
from tests.crash.databases import PROJECT, Database, Row, migrated_file
from tests.crash.own_engine import OwnEngine

#: Far longer than anything here takes; a slow machine must not fail a test.
PATIENCE_SECONDS = 180.0

Process = subprocess.Popen[bytes]


class Scratch:
    """Makes jobs, starts workers, reads the truth. ``close`` ends every process by its id, whatever happened."""

    def __init__(self, folder: Path, database: Database | None = None) -> None:
        self.folder = folder
        self.database = database or migrated_file(folder)
        self.attempts = folder / "attempts"
        self.temporary = folder / "tmp"
        self.traces = folder / "traces"
        self.installation = ""
        self.jobs: list[int] = []
        self.engines: list[OwnEngine] = []
        self.uses_docker = False
        self.environment = os.environ | {
            "SICKBAY_STATE_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.crash.settings",
            "PYTHONWARNINGS": "default",
            "TMPDIR": str(self.temporary),
            **self.database.environment,
        }
        self._workers: list[Process] = []
        self._numbers = itertools.count(1)
        for path in (self.temporary, self.traces):
            path.mkdir()

    def configure(self, **settings: object) -> None:
        """Let the workers that are started from now on have these settings of the app."""
        known = json.loads(self.environment.get("SICKBAY_CRASH_SETTINGS", "{}"))
        self.environment["SICKBAY_CRASH_SETTINGS"] = json.dumps(known | settings)

    def make(
        self,
        *jobs: dict[str, Any],
        host: dict[str, Any] | None = None,
        copies: int = 1,
        secrets: Mapping[str, str] | None = None,
    ) -> list[int]:
        """Make a host and jobs for it, each so many times; return their ids. Without a host they run plainly here."""
        here = {"max_running": 50, "name": "here", "executor_type": "process", **(host or {})}
        if here["executor_type"] == "process":
            here = {"options": {"root": str(self.attempts)}, **here}
        in_docker = here["executor_type"] == "docker"
        self.uses_docker |= in_docker and not here.get("address")
        traced = [self._traced(job, in_docker=in_docker) for job in jobs]
        asked = {"hosts": [here], "jobs": traced, "copies": copies, "secrets": secrets or {}}
        order = self.folder / "jobs-to-make.json"
        order.write_text(json.dumps(asked))
        made = json.loads(self.python("-m", "tests.crash.make_jobs", str(order)).stdout)
        self.installation = made["installation"]
        self.jobs += made["jobs"]
        return made["jobs"]

    def worker(self, *arguments: str, fault_point: str = "", environment: Mapping[str, str] | None = None) -> Process:
        """Start a worker."""
        number = len(self._workers)
        command = [sys.executable, "manage.py", "process_container_jobs", "--name", f"worker-{number}", *arguments]
        return self.start(command, environment={"SICKBAY_FAULT_POINT": fault_point, **(environment or {})})

    def start(self, command: list[str], *, environment: Mapping[str, str], folder: Path = PROJECT) -> Process:
        """Start a worker by another command than the usual one."""
        with (self.folder / f"worker-{len(self._workers)}.log").open("wb") as log:
            told = self.environment | environment
            worker = subprocess.Popen(command, cwd=folder, env=told, stdout=log, stderr=subprocess.STDOUT)
        self._workers.append(worker)
        return worker

    @property
    def workers(self) -> list[Process]:
        """All workers that were started."""
        return list(self._workers)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a management command to its end."""
        return self.python("manage.py", *arguments, check=False)

    def said(self, worker: Process) -> str:
        """What a worker has written so far."""
        return (self.folder / f"worker-{self._workers.index(worker)}.log").read_text(errors="replace")

    def wait_until_signed_on(self, worker: Process) -> None:
        """Wait until a worker is there to take signals."""
        name = f"worker-{self._workers.index(worker)}"
        signed_on = "select 1 from container_manager_worker where name = ?"
        self.wait_until(lambda: worker.poll() is not None or self.rows(signed_on, name), f"{name} is there")

    def end(self, worker: Process, number: int = signal.SIGTERM) -> int:
        """Send a worker a signal, once it is there to take it, and wait for its end."""
        self.wait_until_signed_on(worker)
        worker.send_signal(number)
        return worker.wait(timeout=PATIENCE_SECONDS)

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Read the database past everybody."""
        return self.database.rows(query, *values)

    def job(self, job_id: int) -> Row:
        """One job's row."""
        return self.rows("select * from container_manager_containerjob where id = ?", job_id)[0]

    def status(self, job_id: int) -> str:
        """Where a job stands."""
        return self.job(job_id)["status"]

    def attempts_of(self, job_id: int) -> list[Row]:
        """A job's attempts."""
        return self.rows("select * from container_manager_attempt where job_id = ? order by number", job_id)

    def log(self, job_id: int, stream: str) -> bytes:
        """What is stored of one stream of the last attempt, put together."""
        chunks = self.rows(
            "select c.data from container_manager_logchunk c join container_manager_attempt a on a.id = c.attempt_id"
            " where a.job_id = ? and c.stream = ? and a.number ="
            " (select max(number) from container_manager_attempt where job_id = a.job_id) order by c.position",
            job_id,
            stream,
        )
        return b"".join(zlib.decompress(chunk["data"]) for chunk in chunks)

    def events(self, job_id: int) -> list[str]:
        """The kinds of a job's events, in order."""
        rows = self.rows("select kind from container_manager_jobevent where job_id = ? order by id", job_id)
        return [row["kind"] for row in rows]

    def times_run(self, job_id: int) -> int:
        """How often a job's program began."""
        trace = self.trace_of(job_id)
        return trace.read_text().count("ran") if trace.is_file() else 0

    def trace_of(self, job_id: int) -> Path:
        """Where a job's program notes that it began."""
        [stored] = self.rows("select environment from container_manager_containerjob where id = ?", job_id)
        environment = stored["environment"]
        known = json.loads(environment) if isinstance(environment, str) else environment
        return Path(known.get("TRACE", "/dev/null"))

    def forget(self, job_id: int) -> None:
        """Take every trace of a job out of the database, as if it had been deleted."""
        attempts = "(select id from container_manager_attempt where job_id = ?)"
        for table in ("logchunk", "diagnosis", "artifact"):
            self.rows(f"delete from container_manager_{table} where attempt_id in {attempts}", job_id)
        for table in ("jobevent", "attempt"):
            self.rows(f"delete from container_manager_{table} where job_id = ?", job_id)
        self.rows("delete from container_manager_containerjob where id = ?", job_id)
        self.jobs.remove(job_id)

    def wait_until(self, happened: Callable[[], object], what: str, patience: float = PATIENCE_SECONDS) -> None:
        """Look again and again until something is true."""
        deadline = time.monotonic() + patience
        while not happened():
            told = "\n".join(self.said(worker)[-2000:] for worker in self._workers)
            assert time.monotonic() < deadline, f"never came about: {what}\n{told}"
            time.sleep(0.05)

    def wait_for_status(self, status: str, *job_ids: int) -> None:
        """Wait until all these jobs stand there."""
        self.wait_until(lambda: all(self.status(job_id) == status for job_id in job_ids), f"{job_ids}: {status}")

    def wait_for_output(self, job_id: int, data: bytes, stream: str = "stdout") -> None:
        """Wait until something that the program wrote is stored."""
        self.wait_until(lambda: data in self.log(job_id, stream), f"job {job_id} wrote {data!r}")

    def wait_until_cleared(self, *job_ids: int) -> None:
        """Wait until nothing is left to do for these jobs; without any, for all of them."""
        self.wait_until(lambda: self.are_cleared(*job_ids), f"jobs {job_ids or self.jobs} cleared")

    def close(self) -> None:
        """End the workers, and what runs in their attempts; drop the database."""
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        for pid in self.running_attempts():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.uses_docker and self.installation:
            engine.remove_all(self.installation)
        self.database.drop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def running_attempts(self) -> list[int]:
        """The processes that belong to this installation's attempts, found by the environment that each carries."""
        marker = f"SCRATCH={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError):
                    environment = (entry / "environ").read_bytes().split(b"\0")
                    if marker in environment:
                        found.append(int(entry.name))
        return found

    def python(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run a Python program of this installation to its end."""
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

    def _traced(self, job: dict[str, Any], *, in_docker: bool) -> dict[str, Any]:
        """Let a job's program say where it belongs, and note that it ran where we can read it."""
        trace = self.traces / str(next(self._numbers))
        known = {"SCRATCH": str(self.folder), "TRACE": str(trace)}
        traced = {"image": "any", **job, "environment": known | job.get("environment", {})}
        if in_docker:
            folder = {"kind": "bind", "source": str(self.traces), "target": str(self.traces)}
            traced = {"network": "none", **traced, "mounts": [folder, *job.get("mounts", [])]}
        return traced

    def are_cleared(self, *job_ids: int) -> bool:
        """Whether nothing is left to do for these jobs; without any, for all."""
        among = f"in ({', '.join(map(str, job_ids))})" if job_ids else "> 0"
        going_on = (
            f"select 1 from container_manager_containerjob where id {among} and (finished_at is null"
            " or lease_expires_at is not null) limit 1"
        )
        standing = f"select 1 from container_manager_attempt where job_id {among} and removed_at is null limit 1"
        return not self.rows(going_on) and not self.rows(standing)
