"""Workers whose clocks are wrong, or are set while they work: the database's clock decides."""

import signal
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crash.audit import WHOLE, audit
from tests.crash.databases import Databases
from tests.crash.programs import countable
from tests.crash.scratch import Scratch

pytestmark = [pytest.mark.reliability(10), pytest.mark.faketime]

_HOUR = timedelta(hours=1)


class Clock:
    """The clock of whoever has this environment: right, until it is set."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._file = folder / "clock"
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }
        self.set_off(timedelta())

    def set_off(self, offset: timedelta) -> None:
        """Let it be wrong by so much from now on."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset.total_seconds():+.0f}\n")
        new.rename(self._file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    [library] = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    return Clock(tmp_path, library)


@pytest.fixture
def on_postgresql(tmp_path: Path, databases: Databases) -> Iterator[Scratch]:
    place = Scratch(tmp_path, databases.new("postgresql", tmp_path))
    yield place
    place.close()


@pytest.fixture
def on_sqlite(tmp_path: Path, databases: Databases) -> Iterator[Scratch]:
    place = Scratch(tmp_path, databases.new("sqlite", tmp_path))
    yield place
    place.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("off", [_HOUR, pytest.param(-_HOUR, marks=pytest.mark.matrix)])
def test_a_worker_whose_clock_is_an_hour_off_takes_nothing_early_and_keeps_its_leases(
    on_postgresql: Scratch, clock: Clock, off: timedelta
) -> None:
    scratch = on_postgresql
    clock.set_off(off)
    limited = countable(pause=0.3, timeout_seconds=60)
    jobs = scratch.make(limited, countable(pause=0.1))
    [later] = scratch.make(countable(not_before=5))
    wrong = scratch.worker(environment=clock.environment)
    scratch.wait_for_output(jobs[0], b"out 1\n")
    right = scratch.worker()

    scratch.wait_until_cleared()
    assert scratch.end(wrong) == 0
    assert scratch.end(right) == 0

    audit(scratch, dict.fromkeys([*jobs, later], WHOLE))
    assert "taken_over" not in scratch.events(jobs[0])
    [claimed] = scratch.rows(
        "select e.created_at >= j.not_before as in_time from container_manager_jobevent e"
        " join container_manager_containerjob j on j.id = e.job_id where e.kind = 'claimed' and j.id = ?",
        later,
    )
    assert claimed["in_time"]


@pytest.mark.postgresql
@pytest.mark.matrix
def test_a_clock_that_is_set_back_during_a_lease_does_not_prolong_it(on_postgresql: Scratch, clock: Clock) -> None:
    scratch = on_postgresql
    [job] = scratch.make(countable(pause=0.4))
    first = scratch.worker(environment=clock.environment)
    scratch.wait_for_output(job, b"out 1\n")

    clock.set_off(-_HOUR)
    time.sleep(1)
    assert scratch.status(job) == "running"
    first.send_signal(signal.SIGKILL)
    second = scratch.worker(environment=clock.environment)
    scratch.wait_until_cleared()
    assert scratch.end(second) == 0

    audit(scratch, {job: WHOLE})
    assert scratch.times_run(job) == 1


@pytest.mark.parametrize("off", [_HOUR, -_HOUR])
@pytest.mark.matrix
def test_a_machine_whose_clock_is_set_while_its_own_file_is_the_database_loses_and_doubles_nothing(
    on_sqlite: Scratch, clock: Clock, off: timedelta
) -> None:
    scratch = on_sqlite
    scratch.environment |= clock.environment
    jobs = scratch.make(*[countable(pause=0.4) for _ in range(3)])
    both = [scratch.worker("--concurrency", "2") for _ in range(2)]
    for job in jobs:
        scratch.wait_for_output(job, b"out 1\n")

    clock.set_off(off)
    time.sleep(1)
    both[0].send_signal(signal.SIGKILL)
    scratch.wait_until_cleared()
    assert scratch.end(both[1]) == 0

    audit(scratch, dict.fromkeys(jobs, WHOLE))
    assert [scratch.times_run(job) for job in jobs] == [1] * len(jobs)
