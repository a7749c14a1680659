"""A worker dies at each step as if by ``kill -9``; the next one finishes its job as if nothing had happened."""

import signal

import pytest

from container_manager.fault_points import FAULT_POINTS
from tests import engine
from tests.crash.programs import EXIT_CODE, STDERR, STDOUT, countable, times_run
from tests.crash.scratch import Scratch


@pytest.mark.parametrize("fault_point", [*FAULT_POINTS, "log-stored:3"])
def test_a_job_ends_once_and_whole_wherever_its_worker_was_killed(scratch: Scratch, fault_point: str) -> None:
    [job_id] = scratch.make(countable(scratch.folder))
    first = scratch.worker(fault_point=fault_point)
    assert first.wait(timeout=60) == -signal.SIGKILL

    second = scratch.worker()
    scratch.wait_until_cleared(job_id)
    assert scratch.end(second) == 0

    _assert_ended_once(scratch, job_id)
    assert times_run(scratch.folder) == 1
    assert not scratch.running_attempts()
    assert not list(scratch.attempts.glob("sickbay-*"))


@pytest.mark.docker
@pytest.mark.parametrize(
    "fault_point", ["launched", "log-stored:2", "exit-seen", "outcome-recorded", "container-removed"]
)
def test_a_container_is_adopted_and_never_doubled(scratch: Scratch, fault_point: str) -> None:
    engine.require_engine()
    job = countable(scratch.folder, image=engine.test_image(), network="none")
    job["environment"] |= {"TRACE": "/dev/null"}
    [job_id] = scratch.make(job, host={"name": "local", "executor_type": "docker"})
    try:
        assert scratch.worker(fault_point=fault_point).wait(timeout=60) == -signal.SIGKILL
        second = scratch.worker()
        scratch.wait_until_cleared(job_id)
        assert scratch.end(second) == 0

        _assert_ended_once(scratch, job_id)
        assert not engine.containers_of(scratch.installation)
    finally:
        for container in engine.containers_of(scratch.installation):
            container.remove(force=True)


def _assert_ended_once(scratch: Scratch, job_id: int) -> None:
    job = scratch.job(job_id)
    [attempt] = scratch.attempts_of(job_id)
    assert (job["status"], attempt["exit_code"], attempt["failure_reason"]) == ("failed", EXIT_CODE, "exit_code")
    assert scratch.log(job_id, "stdout") == STDOUT
    assert scratch.log(job_id, "stderr") == STDERR
    assert scratch.events(job_id).count("ended") == 1
    assert scratch.events(job_id).count("started") == 1
    assert (job["lease_owner"], job["lease_expires_at"]) == ("", None)
