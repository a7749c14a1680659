"""Every time limit: at its boundary, during a cancellation, and across the death of the worker that counted it."""

import time
from typing import Any

import pytest

from tests.crash.audit import Expected, audit
from tests.crash.faulty_registry import ThreadedRegistry
from tests.crash.programs import counted
from tests.crash.scratch import Scratch

pytestmark = pytest.mark.reliability(17)

#: Each limit with a job that breaks it, and what it is called then.
_LIMITS: dict[str, tuple[dict[str, Any], str]] = {
    "run": ({"timeout_seconds": 1}, "timeout"),
    "total": ({"total_timeout_seconds": 1}, "total_timeout"),
    "deadline": ({"deadline": 15}, "deadline"),
}


@pytest.mark.parametrize("limit", ["run", *[pytest.param(n, marks=pytest.mark.matrix) for n in ("total", "deadline")]])
def test_a_running_job_is_stopped_at_its_limit(scratch: Scratch, limit: str) -> None:
    fields, reason = _LIMITS[limit]
    [job] = scratch.make(counted("echo up; sleep 300", stop_grace_seconds=0.5, **fields))

    run_to_the_end(scratch)

    audit(scratch)
    [attempt] = scratch.attempts_of(job)
    assert (scratch.status(job), attempt["failure_reason"]) == ("timeout", reason)
    assert b"up\n".startswith(scratch.log(job, "stdout"))


@pytest.mark.parametrize("limit", _LIMITS)
@pytest.mark.matrix
def test_a_limit_counts_on_while_no_worker_is_there(scratch: Scratch, limit: str) -> None:
    fields, reason = _LIMITS[limit]
    [job] = scratch.make(counted("echo up; sleep 300", stop_grace_seconds=0.5, **{k: v + 2 for k, v in fields.items()}))
    first = scratch.worker()
    scratch.wait_for_output(job, b"up\n")
    first.kill()
    time.sleep(4)

    run_to_the_end(scratch)

    audit(scratch)
    [attempt] = scratch.attempts_of(job)
    assert (scratch.status(job), attempt["failure_reason"]) == ("timeout", reason)


def test_at_the_very_boundary_a_job_has_one_end_or_the_other(scratch: Scratch) -> None:
    jobs = scratch.make(
        *[
            counted(f"sleep 0.{tenths}; echo done", timeout_seconds=0.7, stop_grace_seconds=0.2)
            for tenths in (3, 5, 6, 65, 68, 7, 72, 8)
        ]
    )

    run_to_the_end(scratch)

    audit(scratch)
    ends = [scratch.status(job) for job in jobs]
    assert set(ends) <= {"completed", "timeout"}
    assert ends[0] == "completed"
    for job, end in zip(jobs, ends, strict=True):
        if end == "completed":
            assert scratch.log(job, "stdout") == b"done\n"


@pytest.mark.matrix
def test_a_limit_that_is_reached_during_a_cancellation_ends_a_cancelled_job(scratch: Scratch) -> None:
    stubborn = counted("trap '' TERM; echo up; while :; do sleep 0.1; done", timeout_seconds=2, stop_grace_seconds=3)
    [job] = scratch.make(stubborn)
    worker = scratch.worker()
    scratch.wait_for_output(job, b"up\n")

    assert scratch.manage("cancel_job", str(job)).returncode == 0
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch, {job: Expected(status="cancelled", exit_code=137, reason="cancelled")})


def test_a_cancellation_during_a_stop_at_the_time_limit_has_one_end(scratch: Scratch) -> None:
    waits = "trap '' TERM; while [ ! -e $TRACE.go ]; do sleep 0.1; done; exit 3"
    [job] = scratch.make(counted(waits, timeout_seconds=0.5, stop_grace_seconds=120))
    worker = scratch.worker()
    scratch.wait_until(lambda: "stopping" in scratch.events(job), "it is being stopped")

    assert scratch.manage("cancel_job", str(job)).returncode == 0
    (scratch.traces / "1.go").touch()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch, {job: Expected(status="cancelled", exit_code=3, reason="cancelled")})


@pytest.mark.matrix
def test_a_stop_at_the_time_limit_goes_on_when_its_worker_dies(scratch: Scratch) -> None:
    stubborn = counted("trap '' TERM; echo up; while :; do sleep 0.1; done", timeout_seconds=0.5, stop_grace_seconds=1)
    [job] = scratch.make(stubborn)
    first = scratch.worker()
    scratch.wait_until(lambda: "stopping" in scratch.events(job), "it is being stopped")
    first.kill()

    run_to_the_end(scratch)

    audit(scratch, {job: Expected(status="timeout", exit_code=137, reason="timeout", stdout=b"up\n")})


def test_a_job_that_waits_too_long_is_never_begun(scratch: Scratch) -> None:
    [in_the_way] = scratch.make(counted("sleep 3"))
    late, gone, patient = scratch.make(
        counted("true", queue_timeout_seconds=1), counted("true", deadline=1.5), counted("true")
    )
    worker = scratch.worker("--concurrency", "1")

    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    never = Expected(status="timeout", exit_code=None, attempts=0)
    audit(scratch, {in_the_way: Expected(), late: never, gone: never, patient: Expected()})
    assert [scratch.job(job)["failure_reason"] for job in (late, gone)] == ["queue_timeout", "deadline"]


@pytest.mark.docker
@pytest.mark.matrix
def test_a_start_that_takes_too_long_is_broken_off(scratch: Scratch, registry: ThreadedRegistry) -> None:
    registry.registry.stalls = True
    host = {"name": "local", "executor_type": "docker"}
    [job] = scratch.make(counted("true", image=registry.image("mute"), start_timeout_seconds=1), host=host)

    run_to_the_end(scratch)

    audit(scratch)
    [attempt] = scratch.attempts_of(job)
    assert (scratch.status(job), attempt["failure_reason"]) == ("timeout", "start_timeout")
    assert scratch.times_run(job) == 0


def run_to_the_end(scratch: Scratch) -> None:
    worker = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
