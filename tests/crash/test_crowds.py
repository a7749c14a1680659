"""Many jobs at once: handed over, with few descriptors, and for a long time."""

import contextlib
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import engine
from tests.crash.audit import Expected, audit
from tests.crash.databases import Databases, PostgresqlDatabase, SqliteDatabase
from tests.crash.programs import counted
from tests.crash.scratch import Process, Scratch
from tests.postgresql import PostgresServer

_MINUTES = 600.0


@pytest.mark.reliability(20)
@pytest.mark.matrix
def test_100_running_jobs_are_handed_over_at_sigterm(scratch: Scratch) -> None:
    go = scratch.folder / "go"
    script = f"while [ ! -e {go} ]; do sleep 1; done; echo done; exit 3"
    jobs = scratch.make(counted(script), copies=100, host={"max_running": 100})
    first = scratch.worker("--concurrency", "100")
    running = "select count(*) as n from container_manager_containerjob where status = 'running'"
    scratch.wait_until(lambda: scratch.rows(running)[0]["n"] == 100, "all run", _MINUTES)

    assert scratch.end(first, signal.SIGTERM) == 0
    assert scratch.rows(running)[0]["n"] == 100
    left = "select count(*) as n from container_manager_containerjob where lease_owner <> ''"
    assert scratch.rows(left)[0]["n"] == 0
    go.touch()
    second = scratch.worker("--concurrency", "10")
    scratch.wait_until(scratch.are_cleared, "all are over", _MINUTES)
    assert scratch.end(second) == 0

    audit(scratch, dict.fromkeys(jobs, _DONE))


_DONE = Expected(status="failed", exit_code=3, reason="exit_code", stdout=b"done\n")


@pytest.mark.reliability(21)
@pytest.mark.docker
@pytest.mark.parametrize("on", ["process", "docker"])
@pytest.mark.matrix
def test_300_jobs_are_done_with_256_descriptors(scratch: Scratch, on: str) -> None:
    job = counted("echo done; exit 3", image=engine.test_image())
    jobs = scratch.make(job, copies=300, host={"name": on, "executor_type": on, "max_running": 300})

    command = ["prlimit", "--nofile=256", sys.executable, "manage.py", "process_container_jobs"]
    worker = scratch.start([*command, "--name", "worker-0", "--concurrency", "300"], environment={})
    scratch.wait_until(scratch.are_cleared, "all are over", _MINUTES)
    assert scratch.end(worker) == 0

    audit(scratch, dict.fromkeys(jobs, _DONE))
    assert "Too many open files" not in scratch.said(worker)


@pytest.fixture
def roomy(tmp_path: Path, databases: Databases, database_kind: str) -> Iterator[Scratch]:
    """An installation whose PostgreSQL server cleans up as often as a busy one does."""
    with contextlib.ExitStack() as held:
        if database_kind == "sqlite":
            place = Scratch(tmp_path, databases.new("sqlite", tmp_path))
        else:
            server = held.enter_context(PostgresServer(autovacuum_naptime="1s", autovacuum_vacuum_threshold="50"))
            place = Scratch(tmp_path, databases.new_on(server, tmp_path))
        held.callback(place.close)
        yield place


@pytest.mark.reliability(22)
@pytest.mark.matrix
def test_a_soak_leaves_memory_tables_and_dead_rows_flat(roomy: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    scratch = roomy
    worker = scratch.worker("--concurrency", "8")
    figures = []
    for _ in range(6):
        scratch.make(counted("echo done; exit 3"), copies=500, host={"max_running": 50})
        scratch.wait_until(scratch.are_cleared, "all are over", _MINUTES)
        audit(scratch)
        scratch.jobs.clear()
        _delete_history(scratch)
        figures.append((_memory_kb(worker), _size_kb(scratch), _dead_rows(scratch)))
        with capsys.disabled():
            print("\nafter 500 more jobs: {} kB in memory, {} kB in the database, {} dead rows".format(*figures[-1]))
    assert scratch.end(worker) == 0

    settled, last = figures[2], figures[-1]
    assert last[0] <= settled[0] * 1.1
    assert last[1] <= settled[1] * 1.25
    assert last[2] <= 2000


def _delete_history(scratch: Scratch) -> None:
    for table in ("logchunk", "diagnosis", "jobevent", "attempt", "containerjob"):
        scratch.rows(f"delete from container_manager_{table}")
    if isinstance(scratch.database, PostgresqlDatabase):
        scratch.database.server.query("vacuum", scratch.database.name)


def _memory_kb(worker: Process) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{worker.pid}/status").read_text())
    assert found is not None
    return int(found.group(1))


def _size_kb(scratch: Scratch) -> int:
    database = scratch.database
    if isinstance(database, SqliteDatabase):
        return database.path.stat().st_size // 1024
    assert isinstance(database, PostgresqlDatabase)
    [[size]] = database.server.query(f"select pg_database_size('{database.name}')")
    return int(size) // 1024


def _dead_rows(scratch: Scratch) -> int:
    database = scratch.database
    if isinstance(database, SqliteDatabase):
        return 0  # it has none: what is deleted is free at once
    assert isinstance(database, PostgresqlDatabase)
    [[dead]] = database.server.query("select sum(n_dead_tup) from pg_stat_user_tables", database.name)
    return int(dead)
