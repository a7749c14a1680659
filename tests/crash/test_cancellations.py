"""A cancellation in every status of a job, and twice."""

import os
import signal
import time

import pytest

from container_manager.fault_points import FaultPoint
from tests import engine
from tests.crash.audit import Expected, audit
from tests.crash.faulty_registry import ThreadedRegistry
from tests.crash.programs import counted
from tests.crash.scratch import PATIENCE_SECONDS, Scratch

pytestmark = pytest.mark.reliability(15)

_DOCKER = {"name": "local", "executor_type": "docker"}


def cancel(scratch: Scratch, job: int) -> int:
    return scratch.manage("cancel_job", str(job)).returncode


def test_a_pending_job_is_cancelled_at_once_and_asking_twice_harms_nothing(scratch: Scratch) -> None:
    [job] = scratch.make(counted("true"))

    assert cancel(scratch, job) == 0
    assert cancel(scratch, job) == 1

    assert scratch.worker("--once").wait(timeout=PATIENCE_SECONDS) == 0
    audit(scratch, {job: Expected(status="cancelled", exit_code=None, attempts=0)})
    assert scratch.times_run(job) == 0


@pytest.mark.docker
@pytest.mark.parametrize("on", ["process", pytest.param("docker", marks=pytest.mark.matrix)])
@pytest.mark.parametrize(
    "where",
    [
        "created",
        "exit-seen",
        *[pytest.param(w, marks=pytest.mark.matrix) for w in ("claimed", "started", "start-recorded")],
    ],
)
def test_a_job_whose_worker_died_is_cancelled_by_the_next(scratch: Scratch, on: str, where: FaultPoint) -> None:
    program = "true" if where == "exit-seen" else "sleep 300"
    job = counted(program, image=engine.test_image(), stop_grace_seconds=0.5)
    [job_id] = scratch.make(job, host={"name": on, "executor_type": on})
    scratch.worker(fault_point=where).wait(timeout=PATIENCE_SECONDS)

    assert cancel(scratch, job_id) == 0
    assert cancel(scratch, job_id) == 0
    worker = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch)
    ended = "completed" if where == "exit-seen" else "cancelled"  # what was over before is not undone
    assert scratch.status(job_id) == ended
    assert scratch.times_run(job_id) == (0 if where in {"claimed", "created"} else 1)


@pytest.mark.parametrize("was_cancelled", [True, False])
def test_nothing_is_left_of_a_job_whose_worker_and_supervisor_died_as_it_started(
    scratch: Scratch, was_cancelled: bool
) -> None:
    [job] = scratch.make(counted("sleep 300"))
    scratch.worker(fault_point="started").wait(timeout=PATIENCE_SECONDS)
    [started] = scratch.folder.rglob("started")
    record = dict(line.split("=", 1) for line in started.read_text().splitlines() if "=" in line)
    os.kill(int(record["shim_pid"]), signal.SIGKILL)

    if was_cancelled:
        assert cancel(scratch, job) == 0
    worker = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    status, reason = ("cancelled", "cancelled") if was_cancelled else ("failed", "lost")
    audit(scratch, {job: Expected(status=status, exit_code=None, reason=reason)})
    assert scratch.times_run(job) == 1


@pytest.mark.docker
@pytest.mark.parametrize("on", ["docker", pytest.param("process", marks=pytest.mark.matrix)])
@pytest.mark.parametrize(
    ("program", "exit_code"),
    [
        ("trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done", 3),
        ("trap '' TERM; echo up; while :; do sleep 0.1; done", 137),
        ("(trap '' TERM; sleep 300) & (trap '' TERM; sleep 301) & echo up; wait", None),
    ],
    ids=["obeys", "ignores", "forks"],
)
def test_a_running_job_is_stopped_with_all_its_children(
    scratch: Scratch, on: str, program: str, exit_code: int | None
) -> None:
    job = counted(program, image=engine.test_image(), stop_grace_seconds=1)
    [job_id] = scratch.make(job, host={"name": on, "executor_type": on})
    worker = scratch.worker()
    scratch.wait_for_output(job_id, b"up\n")

    assert cancel(scratch, job_id) == 0
    assert cancel(scratch, job_id) in {0, 1}
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch)
    [attempt] = scratch.attempts_of(job_id)
    assert (scratch.status(job_id), attempt["failure_reason"]) == ("cancelled", "cancelled")
    if exit_code is not None:
        assert attempt["exit_code"] == exit_code


@pytest.mark.docker
@pytest.mark.matrix
def test_a_job_whose_image_is_being_pulled_is_cancelled(scratch: Scratch, registry: ThreadedRegistry) -> None:
    registry.registry.stalls = True
    [job] = scratch.make(counted("true", image=registry.image("mute")), host=_DOCKER)
    worker = scratch.worker()
    scratch.wait_until(lambda: registry.registry.requests["asked"], "the pull has begun")

    assert cancel(scratch, job) == 0
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch, {job: Expected(status="cancelled", exit_code=None, reason="cancelled")})


def test_jobs_that_end_while_they_are_cancelled_have_one_end(scratch: Scratch) -> None:
    jobs = scratch.make(*[counted(f"sleep 0.{number}", stop_grace_seconds=0.2) for number in range(1, 9)])
    worker = scratch.worker()
    scratch.wait_until(lambda: scratch.status(jobs[0]) == "running", "the first one runs")
    time.sleep(0.2)

    for job in jobs:
        cancel(scratch, job)
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch)
    assert {scratch.status(job) for job in jobs} <= {"completed", "cancelled"}


@pytest.mark.matrix
def test_a_job_that_is_over_cannot_be_cancelled(scratch: Scratch) -> None:
    [job] = scratch.make(counted("exit 5"))
    assert scratch.worker("--once").wait(timeout=PATIENCE_SECONDS) == 0

    assert cancel(scratch, job) == 1
    audit(scratch, {job: Expected(status="failed", exit_code=5, reason="exit_code")})
