"""The registry is slow, silent, or says no: the job says why, and what can be had is had once."""

import pytest

from tests.crash.audit import Expected, audit
from tests.crash.faulty_registry import ThreadedRegistry
from tests.crash.programs import counted
from tests.crash.scratch import Scratch

pytestmark = [pytest.mark.docker, pytest.mark.reliability(13)]

_DOCKER = {"name": "local", "executor_type": "docker"}


@pytest.mark.parametrize(
    "status", [404, *[pytest.param(status, marks=pytest.mark.matrix) for status in (401, 429, 500)]]
)
def test_a_registry_that_says_no_fails_the_job_with_its_words(
    scratch: Scratch, registry: ThreadedRegistry, status: int
) -> None:
    registry.registry.failing = status
    [job] = scratch.make(counted("true", image=registry.image("no")), host=_DOCKER)

    run_to_the_end(scratch)

    audit(scratch, {job: Expected(status="failed", exit_code=125, reason="image")})
    assert scratch.attempts_of(job)[0]["failure_message"]
    assert scratch.times_run(job) == 0


@pytest.mark.matrix
def test_a_truncated_layer_fails_the_job(scratch: Scratch, registry: ThreadedRegistry) -> None:
    registry.registry.truncated = True
    [job] = scratch.make(counted("true", image=registry.image("half")), host=_DOCKER)

    run_to_the_end(scratch)

    audit(scratch, {job: Expected(status="failed", exit_code=125, reason="image")})


def test_a_registry_that_falls_silent_is_given_up_after_the_limit(scratch: Scratch, registry: ThreadedRegistry) -> None:
    registry.registry.stalls = True
    [job] = scratch.make(counted("true", image=registry.image("mute"), pull_timeout_seconds=2), host=_DOCKER)

    run_to_the_end(scratch)

    assert (scratch.status(job), scratch.times_run(job)) == ("failed", 0)
    audit(scratch)


def test_ten_jobs_that_want_one_image_bring_it_once(scratch: Scratch, registry: ThreadedRegistry) -> None:
    image = registry.image("shared")
    jobs = scratch.make(*[counted("echo had", image=image) for _ in range(10)], host=_DOCKER)

    worker = scratch.worker("--concurrency", "10")
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch, dict.fromkeys(jobs, Expected(stdout=b"had\n")))
    assert registry.registry.requests["layer"] == 1


def test_a_cancelled_pull_leaves_nothing_and_holds_up_nobody(scratch: Scratch, registry: ThreadedRegistry) -> None:
    registry.registry.stalls = True
    [stuck] = scratch.make(counted("true", image=registry.image("mute")), host=_DOCKER)
    worker = scratch.worker()
    scratch.wait_until(lambda: registry.registry.requests["asked"], "the pull has begun")
    [beside] = scratch.make(counted("echo beside", host="here"))
    scratch.wait_until_cleared(beside)

    assert scratch.manage("cancel_job", str(stuck)).returncode == 0
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(
        scratch,
        {
            stuck: Expected(status="cancelled", exit_code=None, reason="cancelled"),
            beside: Expected(stdout=b"beside\n"),
        },
    )


def run_to_the_end(scratch: Scratch) -> None:
    worker = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
