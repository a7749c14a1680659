"""The database goes away, comes back, is full, is held up: jobs go on, and what happened meanwhile is stored later."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.crash.audit import WHOLE, audit
from tests.crash.databases import Databases, PostgresqlDatabase, SqliteDatabase, migrated_file
from tests.crash.programs import countable
from tests.crash.scratch import Scratch
from tests.postgresql import ROLE, PostgresServer

pytestmark = pytest.mark.reliability(9)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with PostgresServer(max_connections="12") as own:
        yield own


@pytest.fixture
def on_postgresql(tmp_path: Path, databases: Databases, server: PostgresServer) -> Iterator[Scratch]:
    place = Scratch(tmp_path, databases.new_on(server, tmp_path))
    yield place
    place.close()


@pytest.fixture
def on_sqlite(tmp_path: Path, databases: Databases) -> Iterator[Scratch]:
    place = Scratch(tmp_path, databases.new("sqlite", tmp_path))
    yield place
    place.close()


def run_through(scratch: Scratch, trouble: Callable[[], None], *, pause: float = 0.3) -> None:
    """Let jobs run, end, and begin while there is trouble, then look whether all is well."""
    jobs = scratch.make(*[countable(pause=pause) for _ in range(3)], *[countable(pause=0.01) for _ in range(9)])
    worker = scratch.worker("--concurrency", "5")
    scratch.wait_for_output(jobs[0], b"out 1\n")

    trouble()

    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
    audit(scratch, dict.fromkeys(jobs, WHOLE))
    assert [scratch.times_run(job) for job in jobs] == [1] * len(jobs)


@pytest.mark.postgresql
@pytest.mark.parametrize("kill", [True, pytest.param(False, marks=pytest.mark.matrix)])
def test_a_restart_of_the_database_interrupts_no_job(
    on_postgresql: Scratch, server: PostgresServer, kill: bool
) -> None:
    def trouble() -> None:
        server.kill() if kill else server.stop()
        time.sleep(1)
        server.start()

    run_through(on_postgresql, trouble)


@pytest.mark.postgresql
@pytest.mark.matrix
def test_a_database_that_is_away_for_longer_than_all_leases_interrupts_no_job(
    on_postgresql: Scratch, server: PostgresServer
) -> None:
    def trouble() -> None:
        server.stop()
        time.sleep(20)
        server.start()

    run_through(on_postgresql, trouble)


@pytest.mark.postgresql
@pytest.mark.matrix
def test_a_worker_that_is_ended_while_the_database_is_away_leaves_its_job_to_the_next(
    on_postgresql: Scratch, server: PostgresServer
) -> None:
    scratch = on_postgresql
    [job] = scratch.make(countable(pause=0.3))
    first = scratch.worker()
    scratch.wait_for_output(job, b"out 1\n")

    server.stop()
    first.send_signal(signal.SIGTERM)
    code = first.wait(timeout=60)
    server.start()
    second = scratch.worker()
    scratch.wait_until_cleared()

    assert code == 0
    assert "nothing could be handed over" in scratch.said(first)
    assert "Traceback" not in scratch.said(first), scratch.said(first)
    assert scratch.end(second) == 0
    audit(scratch, {job: WHOLE})


@pytest.mark.postgresql
def test_connections_that_are_killed_five_times_a_second_interrupt_no_job(
    on_postgresql: Scratch, server: PostgresServer
) -> None:
    def trouble() -> None:
        for _ in range(20):
            server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sickbay'")
            time.sleep(0.2)

    run_through(on_postgresql, trouble)


@pytest.mark.postgresql
@pytest.mark.matrix
def test_a_server_without_a_free_connection_interrupts_no_job(on_postgresql: Scratch, server: PostgresServer) -> None:
    database = on_postgresql.database
    assert isinstance(database, PostgresqlDatabase)

    def trouble() -> None:
        with contextlib.ExitStack() as held:
            server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sickbay'")
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    held.enter_context(psycopg.connect(host=str(server.folder), user=ROLE, dbname=database.name))
            time.sleep(4)

    run_through(on_postgresql, trouble)


@pytest.mark.postgresql
@pytest.mark.parametrize("seconds", [4, pytest.param(120, marks=pytest.mark.matrix)])
@pytest.mark.matrix
def test_a_transaction_that_is_left_open_holds_up_nobody(on_postgresql: Scratch, seconds: int) -> None:
    database = on_postgresql.database
    assert isinstance(database, PostgresqlDatabase)

    def trouble() -> None:
        with psycopg.connect(host=str(database.server.folder), user=ROLE, dbname=database.name) as left_open:
            left_open.execute("set transaction isolation level repeatable read")
            left_open.execute("select count(*) from container_manager_containerjob")
            time.sleep(seconds)

    run_through(on_postgresql, trouble)


@pytest.mark.postgresql
@pytest.mark.matrix
def test_a_transaction_that_holds_one_job_for_longer_than_a_lease_harms_no_other(on_postgresql: Scratch) -> None:
    database = on_postgresql.database
    assert isinstance(database, PostgresqlDatabase)

    def trouble() -> None:
        with psycopg.connect(host=str(database.server.folder), user=ROLE, dbname=database.name) as left_open:
            first = "select * from container_manager_containerjob where id = %s for update"
            left_open.execute(first.encode(), [on_postgresql.jobs[0]])
            time.sleep(5)

    run_through(on_postgresql, trouble)


@pytest.mark.parametrize("seconds", [4, pytest.param(30, marks=pytest.mark.matrix)])
def test_a_locked_file_interrupts_no_job(on_sqlite: Scratch, seconds: int) -> None:
    database = on_sqlite.database
    assert isinstance(database, SqliteDatabase)

    def trouble() -> None:
        with database.connection() as connection:
            connection.execute("begin exclusive")
            time.sleep(seconds)
            connection.execute("rollback")

    run_through(on_sqlite, trouble)


@pytest.mark.root
def test_a_full_disk_under_the_file_interrupts_no_job(tmp_path: Path) -> None:
    disk, place = tmp_path / "disk", tmp_path / "place"
    disk.mkdir()
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "sickbay-disk", disk], check=True)
    try:
        scratch = Scratch(place, migrated_file(disk))
        try:
            run_through(scratch, lambda: _fill_for(disk, 3))
        finally:
            scratch.close()
    finally:
        subprocess.run(["umount", "--lazy", disk], check=False)


def _fill_for(disk: Path, seconds: float) -> None:
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    time.sleep(seconds)
    filler.unlink()
