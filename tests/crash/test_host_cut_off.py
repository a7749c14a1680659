"""A remote engine is cut off, for less and for more than a lease, and healed: its jobs are adopted, not doubled."""

import time
from collections.abc import Callable

import pytest

from container_manager.executors.base import AttemptKey
from container_manager.executors.docker.translate import labels_of
from tests.crash.audit import Expected, audit
from tests.crash.own_engine import OwnEngine
from tests.crash.programs import counted
from tests.crash.scratch import Scratch
from tests.crash.test_engine_troubles import assert_undisturbed, make_bystander, make_job

pytestmark = [pytest.mark.docker, pytest.mark.root, pytest.mark.reliability(7)]

_SECONDS = 12
_TICKS = f"i=0; while [ $i -lt {_SECONDS} ]; do echo tick $i; busybox sleep 1; i=$((i+1)); done; exit 7"
_WHOLE = Expected(
    status="failed",
    exit_code=7,
    reason="exit_code",
    stdout=b"".join(b"tick %d\n" % number for number in range(_SECONDS)),
)


@pytest.mark.parametrize("seconds", [1.0, pytest.param(6.0, marks=pytest.mark.matrix)])
def test_a_job_goes_on_while_its_host_is_cut_off(
    scratch: Scratch, new_engine: Callable[..., OwnEngine], seconds: float
) -> None:
    engine = new_engine(remote=True)
    job = make_job(scratch, engine, _TICKS)
    worker = scratch.worker()
    scratch.wait_for_output(job, b"tick 1\n")

    engine.cut_off()
    bystander = make_bystander(scratch)
    time.sleep(seconds)
    assert scratch.status(job) == "running"
    engine.heal()
    scratch.wait_until_cleared()

    assert scratch.end(worker) == 0
    audit(scratch, {job: _WHOLE})
    assert scratch.times_run(job) == 1
    assert_undisturbed(scratch, bystander)


@pytest.mark.matrix
def test_a_worker_that_finds_its_predecessors_host_cut_off_waits_and_adopts_what_runs_there(
    scratch: Scratch, new_engine: Callable[..., OwnEngine]
) -> None:
    engine = new_engine(remote=True)
    job = make_job(scratch, engine, _TICKS)
    first = scratch.worker()
    scratch.wait_for_output(job, b"tick 1\n")

    engine.cut_off()
    first.kill()
    second = scratch.worker()
    scratch.wait_until(lambda: "taken_over" in scratch.events(job), "the second worker has it")
    bystander = make_bystander(scratch)
    scratch.wait_until_cleared(bystander)
    assert scratch.status(job) == "running"
    engine.heal()
    scratch.wait_until_cleared()

    assert scratch.end(second) == 0
    audit(scratch, {job: _WHOLE})
    assert scratch.times_run(job) == 1
    assert_undisturbed(scratch, bystander)


@pytest.mark.matrix
def test_a_host_that_is_cut_off_before_it_answers_to_a_launch_gets_the_job_once(
    scratch: Scratch, new_engine: Callable[..., OwnEngine]
) -> None:
    engine = new_engine(remote=True)
    jobs = [make_job(scratch, engine, "echo ran; busybox sleep 0.2") for _ in range(4)]
    worker = scratch.worker("--concurrency", "2")

    scratch.wait_until(lambda: any(scratch.status(job) != "pending" for job in jobs), "a launch begins")
    engine.cut_off()
    time.sleep(4)
    engine.heal()
    scratch.wait_until_cleared()

    assert scratch.end(worker) == 0
    audit(scratch, dict.fromkeys(jobs, Expected(stdout=b"ran\n")))
    assert [scratch.times_run(job) for job in jobs] == [1] * len(jobs)


@pytest.mark.parametrize("live_restore", [True, pytest.param(False, marks=pytest.mark.matrix)])
def test_what_an_engine_elsewhere_made_before_it_died_may_have_run_and_is_not_started_again(
    scratch: Scratch, new_engine: Callable[..., OwnEngine], live_restore: bool
) -> None:
    engine = new_engine(remote=True, live_restore=live_restore)
    job = make_job(scratch, engine, "echo ran")
    first = scratch.worker(fault_point="starting")
    first.wait()
    engine.kill()
    engine.start()
    second = scratch.worker()
    scratch.wait_until_cleared()

    assert scratch.end(second) == 0
    audit(scratch, {job: Expected(status="failed", exit_code=None, reason="lost")})
    assert scratch.times_run(job) == 0


def test_what_an_engine_elsewhere_remembers_to_have_made_and_not_started_is_started(
    scratch: Scratch, new_engine: Callable[..., OwnEngine]
) -> None:
    engine = new_engine(remote=True, live_restore=True)
    job = make_job(scratch, engine, "echo ran")
    first = scratch.worker(fault_point="starting")
    first.wait()
    second = scratch.worker()
    scratch.wait_until_cleared()

    assert scratch.end(second) == 0
    audit(scratch, {job: Expected(stdout=b"ran\n")})
    assert scratch.times_run(job) == 1


def test_a_container_that_is_made_late_for_a_job_that_is_over_is_removed(
    scratch: Scratch, new_engine: Callable[..., OwnEngine]
) -> None:
    engine = new_engine(remote=True)
    job = make_job(scratch, engine, "echo ran")
    worker = scratch.worker()
    scratch.wait_until_cleared()
    key = AttemptKey(installation=scratch.installation, job_id=job, number=1)
    engine.make_container(key.name, labels_of(key))
    engine.make_container("of-somebody-else", {"unrelated": "yes"})

    scratch.wait_until(lambda: key.name not in engine.containers(), "it is removed")
    assert scratch.end(worker) == 0
    assert engine.containers() == ["of-somebody-else"]
    audit(scratch, {job: Expected(stdout=b"ran\n")})


@pytest.mark.matrix
def test_a_cancellation_of_a_job_whose_host_is_away_is_carried_out_when_it_is_back(
    scratch: Scratch, new_engine: Callable[..., OwnEngine]
) -> None:
    engine = new_engine(remote=True)
    host = {"name": "own", "executor_type": "docker", "address": engine.address}
    [job] = scratch.make(counted("echo up; busybox sleep 300", image=engine.image, stop_grace_seconds=1), host=host)
    worker = scratch.worker()
    scratch.wait_for_output(job, b"up\n")

    engine.cut_off()
    assert scratch.manage("cancel_job", str(job)).returncode == 0
    time.sleep(2)
    assert scratch.status(job) == "cancelling"
    engine.heal()
    scratch.wait_until_cleared()

    assert scratch.end(worker) == 0
    assert scratch.status(job) == "cancelled"
    audit(scratch)
