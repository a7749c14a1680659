"""A disk is full: the engine's while it pulls or writes a log, or the one that our logs are stored on."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.audit import WHOLE, Expected, audit
from tests.crash.databases import Databases, migrated_file
from tests.crash.faulty_registry import ThreadedRegistry
from tests.crash.own_engine import OwnEngine
from tests.crash.programs import countable, counted
from tests.crash.scratch import Scratch
from tests.crash.test_engine_troubles import make_job
from tests.postgresql import PostgresServer

pytestmark = [pytest.mark.root, pytest.mark.reliability(11)]

_LINES = 20_000
_CHATTY = f"i=0; while [ $i -lt {_LINES} ]; do echo line $i of a log that fills a disk; i=$((i+1)); done; exit 7"


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no room on a disk."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Mount a disk of this size, where any user may pass."""
    folder = Path(tempfile.mkdtemp(prefix="sickbay-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "sickbay-disk", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.mark.docker
@pytest.mark.matrix
def test_a_full_disk_at_a_pull_fails_the_job_for_its_image_and_leaves_nothing(
    scratch: Scratch, new_engine: Callable[..., OwnEngine]
) -> None:
    engine = new_engine(remote=True, disk_mb=48)
    registry = ThreadedRegistry(host=engine.near_address)
    host = {"name": "own", "executor_type": "docker", "address": engine.address}
    [job] = scratch.make(counted("true", image=registry.image("big")), host=host)
    worker = scratch.worker()
    try:
        with filled(engine.disk):
            scratch.wait_until(lambda: scratch.job(job)["finished_at"], "it is refused")
        scratch.wait_until_cleared()
    finally:
        registry.close()
    assert scratch.end(worker) == 0

    audit(scratch, {job: Expected(status="failed", exit_code=125, reason="image")})
    assert "no space left" in scratch.attempts_of(job)[0]["failure_message"]
    assert scratch.times_run(job) == 0


@pytest.mark.docker
@pytest.mark.matrix
def test_a_full_disk_while_the_engine_writes_a_log_costs_only_what_it_could_not_write(
    scratch: Scratch, new_engine: Callable[..., OwnEngine]
) -> None:
    engine = new_engine(disk_mb=48)
    job = make_job(scratch, engine, f"echo first; busybox sleep 1; {_CHATTY}")
    worker = scratch.worker()
    scratch.wait_for_output(job, b"first\n")
    with filled(engine.disk):
        time.sleep(4)
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch, {job: Expected(status="failed", exit_code=7, reason="exit_code")})
    lines = scratch.log(job, "stdout").splitlines()
    assert lines[0] == b"first"
    kept = [int(line.split()[1]) for line in lines[1:] if line.startswith(b"line ") and line.endswith(b"disk")]
    assert kept == sorted(set(kept))


def test_a_full_disk_under_a_sqlite_file_holds_up_logs_and_loses_none(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with small_disk(8) as disk:
        scratch = Scratch(place, migrated_file(disk))
        _fill_while_jobs_write(scratch, disk)


@pytest.mark.postgresql
@pytest.mark.matrix
def test_a_full_disk_under_postgresql_holds_up_logs_and_loses_none(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with small_disk(160) as disk:
        monkeypatch.setattr("tempfile.tempdir", str(disk))
        with PostgresServer(max_wal_size="32MB", wal_level="minimal", max_wal_senders="0") as server:
            scratch = Scratch(place, databases.new_on(server, place))
            _fill_while_jobs_write(scratch, disk, server)


def _fill_while_jobs_write(scratch: Scratch, disk: Path, server: PostgresServer | None = None) -> None:
    try:
        jobs = scratch.make(*[countable(pause=0.3) for _ in range(4)])
        worker = scratch.worker()
        scratch.wait_for_output(jobs[-1], b"out 1\n")
        with filled(disk):
            time.sleep(4)
        if server is not None:
            server.start()  # one that could not write its journal has ended itself
        scratch.wait_until_cleared()
        assert scratch.end(worker) == 0
        audit(scratch, dict.fromkeys(jobs, WHOLE))
        assert [scratch.times_run(job) for job in jobs] == [1] * len(jobs)
    finally:
        scratch.close()
