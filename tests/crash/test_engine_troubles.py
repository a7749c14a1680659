"""The engine freezes, or dies and comes back, while a job runs in it: nothing is lost, doubled, or guessed."""

import re
import time
from collections.abc import Callable

import pytest

from tests.crash.audit import Expected, audit
from tests.crash.own_engine import OwnEngine
from tests.crash.programs import counted
from tests.crash.scratch import Scratch

pytestmark = [pytest.mark.docker, pytest.mark.root]

Make = Callable[..., OwnEngine]

_COUNTS = "for i in 1 2 3 4 5 6; do echo line $i; busybox sleep 1; done; exit 7"
_COUNTED = b"".join(b"line %d\n" % number for number in range(1, 7))
_WHOLE = Expected(status="failed", exit_code=7, reason="exit_code", stdout=_COUNTED)


def make_job(scratch: Scratch, engine: OwnEngine, script: str = _COUNTS) -> int:
    host = {"name": "own", "executor_type": "docker", "address": engine.address}
    [job] = scratch.make(counted(script, image=engine.image, host="own"), host=host)
    return job


def make_bystander(scratch: Scratch) -> int:
    """A job on another host, which must not notice anything."""
    [job] = scratch.make(counted("for i in 1 2 3; do echo beside $i; sleep 1; done", host="here"))
    return job


def assert_undisturbed(scratch: Scratch, bystander: int) -> None:
    assert scratch.status(bystander) == "completed"
    assert scratch.events(bystander) == ["submitted", "claimed", "started", "ended"]


def end_of(scratch: Scratch, engine: OwnEngine, *, kill: bool) -> int:
    """End the engine while a job runs in it, start it again, and wait for the job's end."""
    bystander = make_bystander(scratch)
    job = make_job(scratch, engine)
    worker = scratch.worker()
    scratch.wait_for_output(job, b"line 2\n")

    if kill:
        engine.kill()
    else:
        engine.terminate()
    engine.start()
    scratch.wait_until_cleared()

    assert scratch.end(worker) == 0
    assert scratch.events(job).count("started") == 1
    assert scratch.times_run(job) == 1
    assert_undisturbed(scratch, bystander)
    return job


@pytest.mark.reliability(5)
@pytest.mark.parametrize("kill", [True, False])
@pytest.mark.matrix
def test_an_engine_that_ends_takes_its_containers_along_and_the_truth_is_told(
    scratch: Scratch, new_engine: Make, kill: bool
) -> None:
    job = end_of(scratch, new_engine(), kill=kill)

    [attempt] = scratch.attempts_of(job)
    assert attempt["exit_code"] in {137, 143}  # the engine ends what runs in it, or the new one what the old one left
    audit(scratch, {job: Expected(status="failed", exit_code=attempt["exit_code"], reason=attempt["failure_reason"])})
    assert attempt["failure_reason"] in {"signal", "stopped_externally"}
    lines = scratch.log(job, "stdout").splitlines()
    assert lines == [b"line %d" % number for number in range(1, len(lines) + 1)]


@pytest.mark.reliability(5)
@pytest.mark.parametrize("kill", [True, False])
def test_with_live_restore_a_job_goes_on_through_the_end_of_its_engine(
    scratch: Scratch, new_engine: Make, kill: bool
) -> None:
    job = end_of(scratch, new_engine(live_restore=True), kill=kill)

    audit(scratch, {job: _WHOLE})


@pytest.mark.reliability(5)
@pytest.mark.matrix
@pytest.mark.parametrize("live_restore", [True, False])
def test_an_engine_that_dies_again_and_again_while_jobs_start_doubles_and_loses_none(
    scratch: Scratch, new_engine: Make, live_restore: bool
) -> None:
    engine = new_engine(live_restore=live_restore)
    jobs = [make_job(scratch, engine, "echo began; busybox sleep 0.5; echo ended") for _ in range(6)]
    worker = scratch.worker("--concurrency", "2")

    def all_over() -> bool:
        return all(scratch.job(job)["finished_at"] for job in jobs)

    for pause in (0.6, 1.1, 0.3):
        scratch.wait_until(lambda: any(scratch.status(job) == "launching" for job in jobs) or all_over(), "a start")
        time.sleep(pause)
        engine.kill()
        engine.start()

    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
    audit(scratch)
    assert all(scratch.times_run(job) <= 1 for job in jobs)
    for job in jobs:  # a job either ran to its end, or was ended with its engine and says so
        [attempt] = scratch.attempts_of(job)
        assert attempt["exit_code"] in {0, 137, 143, 255, None}, (attempt["exit_code"], attempt["failure_message"])
        if attempt["exit_code"] == 0 and live_restore:
            assert scratch.log(job, "stdout") in {b"began\nended\n", b"ended\n", b"began\n"}


@pytest.mark.reliability(5)
@pytest.mark.matrix
def test_a_job_that_ends_while_its_engine_is_dead_is_collected_when_the_engine_is_back(
    scratch: Scratch, new_engine: Make
) -> None:
    engine = new_engine(live_restore=True)
    job = make_job(scratch, engine, "echo early; busybox sleep 2; exit 7")
    worker = scratch.worker()
    scratch.wait_for_output(job, b"early\n")

    engine.kill()
    time.sleep(3)
    engine.start()
    scratch.wait_until_cleared()

    assert scratch.end(worker) == 0
    audit(scratch, {job: Expected(status="failed", exit_code=7, reason="exit_code", stdout=b"early\n")})


@pytest.mark.reliability(6)
def test_a_frozen_engine_is_not_well_and_no_job_of_it_is_declared_over(scratch: Scratch, new_engine: Make) -> None:
    engine = new_engine()
    job = make_job(scratch, engine)
    assert b"own" in scratch.manage("check_hosts").stdout
    worker = scratch.worker()
    scratch.wait_for_output(job, b"line 1\n")

    engine.freeze()
    bystander = make_bystander(scratch)
    checked = scratch.manage("check_hosts", "own")
    scratch.wait_until(lambda: "is not well" in scratch.said(worker), "the worker notices")
    scratch.wait_until_cleared(bystander)

    assert checked.returncode == 1
    assert re.search(rb"own +docker +not well", checked.stdout)
    assert scratch.status(job) == "running"
    engine.thaw()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
    audit(scratch, {job: _WHOLE})
    assert_undisturbed(scratch, bystander)


@pytest.mark.reliability(6)
@pytest.mark.matrix
def test_an_engine_that_is_frozen_for_a_minute_loses_nothing(scratch: Scratch, new_engine: Make) -> None:
    engine = new_engine()
    running, waiting = make_job(scratch, engine), make_job(scratch, engine)
    worker = scratch.worker("--concurrency", "1")
    scratch.wait_for_output(running, b"line 1\n")

    engine.freeze()
    scratch.manage("cancel_job", str(waiting))
    later = make_job(scratch, engine, "echo later")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert scratch.status(running) == "running"
        assert scratch.status(later) in {"pending", "launching"}
        time.sleep(1)
    bystander = make_bystander(scratch)
    beside = scratch.worker()
    scratch.wait_until_cleared(bystander)
    engine.thaw()
    scratch.wait_until_cleared()

    assert scratch.end(worker) == 0
    assert scratch.end(beside) == 0
    cancelled = Expected(status="cancelled", exit_code=None, attempts=0)
    audit(scratch, {running: _WHOLE, waiting: cancelled, later: Expected(stdout=b"later\n")})
    assert_undisturbed(scratch, bystander)
