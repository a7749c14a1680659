"""Carrying out schedules, one after the other, on a server, an engine, and workers of a lane's own."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.crash.audit import flaws, leftovers
from tests.crash.databases import Databases, PostgresqlDatabase, SqliteDatabase
from tests.crash.fuzz_schedule import Action, DatabaseKind, Executor, FuzzedJob, Schedule
from tests.crash.fuzz_scratch import FuzzedScratch
from tests.crash.nursery import Child, Nursery
from tests.crash.own_engine import OwnEngine

#: After so long without an end something is stuck.
STUCK_SECONDS = 75.0

SWEEP_SECONDS = 10.0


class Lane:
    """Everything that schedules may break, made once for many of them."""

    def __init__(self, nursery: Nursery, kind: DatabaseKind, executor: Executor) -> None:
        self._nursery = nursery
        self._kind: DatabaseKind = kind
        self._folder = Path(tempfile.mkdtemp(prefix="sickbay-fuzz-"))
        self._databases = Databases(self._folder)
        self._engine = OwnEngine(live_restore=True, remote=True) if executor == "docker" else None
        if self._engine is not None:
            self._engine.start()

    def close(self) -> None:
        """End what is the lane's own."""
        self._databases.close()
        if self._engine is not None:
            self._engine.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, schedule: Schedule) -> list[str]:
        """Carry a schedule out, and return what is wrong afterwards; the workers' words with it."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        database = self._databases.new(self._kind, folder)
        assert isinstance(database, SqliteDatabase | PostgresqlDatabase)
        scratch = FuzzedScratch(folder, database, self._nursery)
        if self._engine is not None:
            scratch.engines.append(self._engine)
        try:
            found = _Run(scratch, schedule, self._engine).to_the_end()
            if found:
                found += [f"--- worker {n}\n{scratch.said(w)[-3000:]}" for n, w in enumerate(scratch.workers)]
            return found
        finally:
            scratch.close()


class _Run:
    """One schedule on its way."""

    def __init__(self, scratch: FuzzedScratch, schedule: Schedule, engine: OwnEngine | None) -> None:
        self._scratch = scratch
        self._schedule = schedule
        self._engine = engine
        self._jobs: dict[int, FuzzedJob] = {}
        self._may_be_cancelled: set[int] = set()
        self._may_be_lost: set[int] = set()
        self._were_in_its_hands: set[int] = set()
        """The jobs that an engine was starting or running when it was killed."""
        self._away: list[tuple[datetime.datetime, datetime.datetime]] = []
        """From when until when the engine was killed."""
        self._was_engine_hurt = False
        self._was_database_hurt = False

    def to_the_end(self) -> list[str]:
        self._submit([job for job in self._schedule.jobs if not job.at])
        self._scratch.worker(fault_point=self._schedule.first_fault_point)
        began = time.monotonic()
        later = [job for job in self._schedule.jobs if job.at]
        deeds: list[tuple[float, FuzzedJob | Action]] = [(job.at, job) for job in later]
        deeds += [(action.at, action) for action in self._schedule.actions]
        for at, deed in sorted(deeds, key=lambda each: each[0]):
            time.sleep(max(0.0, began + at - time.monotonic()))
            if isinstance(deed, FuzzedJob):
                self._submit([deed])
            else:
                self._do(deed)
        return self._settle()

    def _settle(self) -> list[str]:
        """Let well workers finish everything, and look."""
        self._scratch.worker()
        for job_id, job in self._jobs.items():
            if job.must_be_cancelled:
                self._cancel(job_id)
        stuck = None
        try:
            self._scratch.wait_until_cleared()
        except AssertionError as error:
            stuck = str(error).splitlines()[0]
        self._wait_for_sweeps()
        for child in self._scratch.children:
            self._end(child)
        found = [stuck] if stuck else []
        found += [
            f"a worker ended with {child.returncode}"
            for child in self._scratch.children
            if child.returncode not in self._right_codes
        ]
        found += list(flaws(self._scratch, {}))
        for job_id, job in self._jobs.items():
            if self._scratch.rows("select 1 from container_manager_containerjob where id = ?", job_id):
                found += self._differences(job_id, job)
        return found

    @property
    def _right_codes(self) -> set[int]:
        """How a worker may end: by SIGTERM before it listens, and with 1 where the database was away at its end."""
        return {0, -signal.SIGKILL, -signal.SIGTERM} | ({1} if self._was_database_hurt else set())

    def _wait_for_sweeps(self) -> None:
        """Give a worker's regular look the time to find what a killed one left halfway."""
        deadline = time.monotonic() + SWEEP_SECONDS
        while time.monotonic() < deadline and any(leftovers(self._scratch)):
            time.sleep(0.2)

    def _end(self, child: Child) -> None:
        child.send_signal(signal.SIGCONT)
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STUCK_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()

    def _submit(self, jobs: list[FuzzedJob]) -> None:
        if not jobs:
            return
        host: dict[str, Any] = {"max_running": 20}
        image = "any"
        if self._engine is not None:
            host |= {"name": "own", "executor_type": "docker", "address": self._engine.address}
            image = self._engine.image
        made = self._scratch.make(*[{"image": image, **job.fields} for job in jobs], host=host)
        self._jobs |= dict(zip(made, jobs, strict=True))

    def _cancel(self, job_id: int) -> None:
        self._may_be_cancelled.add(job_id)
        self._scratch.manage("cancel_job", str(job_id))

    def _do(self, action: Action) -> None:
        alive = [child for child in self._scratch.children if child.poll() is None]
        worker = alive[action.which % len(alive)] if alive else None
        match action.kind:
            case "start worker":
                self._scratch.worker(fault_point=action.fault_point)
            case "kill worker" | "hand over" if worker is not None:
                worker.send_signal(signal.SIGKILL if action.kind == "kill worker" else signal.SIGTERM)
                self._scratch.worker()
            case "freeze worker" if worker is not None:
                with self._frozen(worker.pid):
                    self._scratch.worker()
                    time.sleep(action.seconds)
            case "cancel" if self._jobs:
                self._cancel(sorted(self._jobs)[action.which % len(self._jobs)])
            case "kill shim" | "freeze shim":
                self._hurt_a_shim(action)
            case "cut database" | "restart database" | "kill database" | "lock database":
                self._hurt_database(action)
            case "kill container" | "freeze engine" | "restart engine" | "cut engine off":
                self._hurt_engine(action)
            case _:
                return

    @contextlib.contextmanager
    def _frozen(self, pid: int) -> Iterator[None]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _hurt_a_shim(self, action: Action) -> None:
        shims = _shims(self._scratch.attempts)
        if not shims:
            return
        job_id, pid = shims[action.which % len(shims)]
        if action.kind == "kill shim":
            self._may_be_lost.add(job_id)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        else:
            with self._frozen(pid):
                time.sleep(action.seconds)

    def _hurt_database(self, action: Action) -> None:
        database = self._scratch.database
        self._was_database_hurt = True
        if isinstance(database, SqliteDatabase):
            with database.connection() as connection:
                connection.execute("begin exclusive")
                time.sleep(action.seconds)
                connection.execute("rollback")
            return
        assert isinstance(database, PostgresqlDatabase)
        if action.kind == "cut database":
            cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sickbay'"
            database.server.query(cut)
            return
        if action.kind == "kill database":
            database.server.kill()
        else:
            database.server.stop()
        time.sleep(action.seconds)
        database.server.start()

    def _hurt_engine(self, action: Action) -> None:
        engine = self._engine
        assert engine is not None
        if action.kind == "kill container":
            if killed := engine.kill_a_container(self._scratch.installation, action.which):
                self._may_be_lost.add(int(killed.split("-")[2]))
        elif action.kind == "freeze engine":
            engine.freeze()
            time.sleep(action.seconds)
            engine.thaw()
        elif action.kind == "restart engine":
            self._was_engine_hurt = True
            held = (
                "select id from container_manager_containerjob where status in ('launching', 'running', 'cancelling')"
            )
            self._were_in_its_hands |= {row["id"] for row in self._scratch.rows(held)}
            killed = datetime.datetime.now(datetime.UTC)
            engine.kill()
            engine.start()
            self._away.append((killed, datetime.datetime.now(datetime.UTC)))
        else:
            engine.cut_off()
            time.sleep(action.seconds)
            engine.heal()

    def _was_guessed(self, attempt: Mapping[str, Any]) -> bool:
        """Whether the engine, as it began again, noted an end with exit code 0 because it knew no other.

        It was killed between taking a container's end from containerd and writing it down (docs/reliability.md, known
        limits); then it notes the time of its own beginning.
        """
        if attempt["exit_code"] != 0 or not attempt["finished_at"]:
            return False
        ended = datetime.datetime.fromisoformat(str(attempt["finished_at"]))
        ended = ended.astimezone(datetime.UTC) if ended.tzinfo else ended.replace(tzinfo=datetime.UTC)
        return any(killed <= ended <= back for killed, back in self._away)

    def _differences(self, job_id: int, job: FuzzedJob) -> list[str]:
        """Compare an end with those that are right after what was done to this job."""
        stored = self._scratch.job(job_id)
        attempts = self._scratch.attempts_of(job_id)
        last = attempts[-1] if attempts else {"exit_code": None, "failure_reason": ""}
        stdout = self._scratch.log(job_id, "stdout") if attempts else b""
        seen = (stored["status"], last["failure_reason"], last["exit_code"])
        told = f"job {job_id} ended as {seen} in {len(attempts)} attempts: {self._scratch.events(job_id)}"
        if job_id in self._may_be_cancelled and stored["status"] == "cancelled":
            return []
        if job_id in self._were_in_its_hands and (_died_with_its_engine(last) or self._was_guessed(last)):
            return []
        if job_id in self._may_be_lost and stored["status"] in {"failed", "cancelled", "timeout"}:
            return []
        # In a container it is the init process that does not find the program.
        reason = "exit_code" if self._engine is not None and job.reason == "launch_refused" else job.reason
        wanted = (job.status, reason, job.exit_code if job.exit_code is not None else last["exit_code"])
        wrong = [] if seen == wanted and len(attempts) == job.attempts else [f"{told}, not {wanted}"]
        if stdout != job.stdout and not self._was_engine_hurt and job.status != "timeout":
            wrong.append(f"job {job_id} wrote {len(job.stdout)} bytes, stored are {len(stdout)}: {stdout[-200:]!r}")
        return wrong


def _died_with_its_engine(attempt: Mapping[str, Any]) -> bool:
    """Whether it says that its engine was killed while starting it, or has what the engine then calls its exit code."""
    return attempt["failure_reason"] == "lost" or attempt["exit_code"] in _CODES_OF_THE_ENGINE


#: Of containers that an engine killed as it began again, or lost track of.
_CODES_OF_THE_ENGINE = frozenset({128 + signal.SIGTERM, 128 + signal.SIGKILL, 255})


def _shims(root: Path) -> list[tuple[int, int]]:
    """The running supervisors of attempts: of which job, and their process."""
    found = []
    for entry in sorted(Path("/proc").iterdir()):
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                held = [link.readlink() for link in (entry / "fd").iterdir()]
                locks = [path for path in held if path.name == "lock" and path.match(f"{root}/sickbay-*/lock")]
                found += [(int(path.parent.name.split("-")[2]), int(entry.name)) for path in locks]
    return found
