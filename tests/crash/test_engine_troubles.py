"""The engine freezes, or dies and comes back, while a job runs in it: nothing is lost, doubled, or guessed."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.crash.own_engine import OwnEngine
from tests.crash.scratch import Scratch

pytestmark = [pytest.mark.docker, pytest.mark.root]

Make = Callable[..., OwnEngine]


@pytest.fixture
def new_engine() -> Iterator[Make]:
    engines: list[OwnEngine] = []

    def make(*, live_restore: bool = False) -> OwnEngine:
        engines.append(OwnEngine(live_restore=live_restore))
        engines[-1].start()
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


COUNTS = "for i in 1 2 3 4 5 6; do echo line $i; busybox sleep 1; done; exit 7"


def make_job(scratch: Scratch, engine: OwnEngine, script: str) -> int:
    host = {"name": "own", "executor_type": "docker", "address": engine.address}
    command = ["/bin/sh", "-c", script]
    [job] = scratch.make({"image": engine.image, "network": "none", "command": command}, host=host)
    return job


def run_through_a_kill(scratch: Scratch, engine: OwnEngine) -> int:
    """Kill the engine while a job runs in it, start it again, and wait for the job's end."""
    job = make_job(scratch, engine, COUNTS)
    worker = scratch.worker()
    scratch.wait_until(lambda: b"line 2\n" in scratch.log(job, "stdout"), "it runs")

    engine.kill()
    engine.start()
    scratch.wait_until_cleared(job)

    assert scratch.end(worker) == 0
    assert scratch.events(job).count("started") == 1
    assert engine.containers() == []
    return job


def test_an_engine_that_is_killed_ends_its_containers_and_the_truth_is_told(scratch: Scratch, new_engine: Make) -> None:
    engine = new_engine()
    job = run_through_a_kill(scratch, engine)

    [attempt] = scratch.attempts_of(job)
    assert scratch.job(job)["status"] == "failed"
    assert attempt["exit_code"] in {137, 143}  # the new engine ends what the old one left
    lines = scratch.log(job, "stdout").splitlines()
    assert lines == [b"line %d" % number for number in range(1, len(lines) + 1)]


def test_with_live_restore_a_job_goes_on_through_the_death_of_its_engine(scratch: Scratch, new_engine: Make) -> None:
    engine = new_engine(live_restore=True)
    job = run_through_a_kill(scratch, engine)

    [attempt] = scratch.attempts_of(job)
    assert (scratch.job(job)["status"], attempt["exit_code"]) == ("failed", 7)
    assert scratch.log(job, "stdout") == b"".join(b"line %d\n" % number for number in range(1, 7))


def test_a_frozen_engine_is_not_well_and_no_job_of_it_is_declared_over(scratch: Scratch, new_engine: Make) -> None:
    engine = new_engine()
    job = make_job(scratch, engine, COUNTS)
    worker = scratch.worker()
    scratch.wait_until(lambda: b"line 1\n" in scratch.log(job, "stdout"), "it runs")
    assert b"own" in scratch.manage("check_hosts").stdout

    engine.freeze()
    checked = scratch.manage("check_hosts")
    scratch.wait_until(lambda: "is not well" in scratch.said(worker), "the worker notices")

    assert checked.returncode == 1
    assert re.search(rb"own +docker +not well", checked.stdout)
    assert scratch.job(job)["status"] == "running"
    engine.thaw()
    scratch.wait_until_cleared(job)
    assert scratch.end(worker) == 0
    assert scratch.attempts_of(job)[0]["exit_code"] == 7
    assert scratch.log(job, "stdout") == b"".join(b"line %d\n" % number for number in range(1, 7))
    assert scratch.events(job).count("started") == 1
