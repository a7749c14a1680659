"""Retries, limits on time, and cancellations of a worker on a platform in memory, with a real database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db.models import F

from container_manager.executors import fake
from container_manager.executors.base import ExecutorUnavailableError
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.models import ContainerJob, ExecutorHost
from container_manager.runspec.spec import RunSpec
from container_manager.services.cancel import cancel_job
from container_manager.services.job_logs import read_log
from container_manager.services.restart import restart_job
from tests.integration.worker.in_process import Running, status_of, work

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = {"backoff_seconds": 0}
ENDLESS = fake.FakeProgram(lasts=600)
STUBBORN = fake.FakeProgram(lasts=600, ignores_sigterm=True)


def job_of(**fields: Any) -> ContainerJob:
    return ContainerJob.objects.create_job(
        **{"image": "any:1", "command": ["run"], "stop_grace_seconds": 0.1, **fields}
    )


def run(job: ContainerJob) -> ContainerJob:
    work(lambda running: running.until_cleared(job))
    job.refresh_from_db()
    return job


def ends(job: ContainerJob) -> list[tuple[str, int | None]]:
    return list(job.attempts.values_list("failure_reason", "exit_code"))


def kinds(job: ContainerJob) -> list[str]:
    return list(job.events.values_list("kind", flat=True))


def in_turn(*programs: fake.FakeProgram) -> Callable[[RunSpec], fake.FakeProgram]:
    numbers = count()
    return lambda spec: programs[next(numbers)]


def test_a_job_is_tried_until_it_succeeds_and_every_attempt_keeps_its_own(platform: fake.FakePlatform) -> None:
    failed = fake.FakeProgram(exit_code=3, stdout=b"one\n")
    platform.script(in_turn(failed, fake.FakeProgram(signal=11), fake.FakeProgram(stdout=b"three\n")))

    job = run(job_of(retry={"max_attempts": 5, **AT_ONCE}))

    assert (job.status, job.failure_reason) == (Status.COMPLETED, "")
    assert ends(job) == [("exit_code", 3), ("signal", 139), ("", 0)]
    logs = [b"".join(piece.data for piece in read_log(job.pk, attempt_number=number)) for number in (1, 2, 3)]
    assert logs == [b"one\n", b"", b"three\n"]
    assert kinds(job).count("retry_scheduled") == 2
    assert platform.held() == ()


def test_the_last_failure_is_the_jobs_and_the_end_of_the_tries_is_told(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(exit_code=3))

    job = run(job_of(retry={"max_attempts": 2, **AT_ONCE}))

    assert (job.status, job.failure_reason) == (Status.FAILED, "exit_code")
    assert ends(job) == [("exit_code", 3)] * 2
    assert job.events.get(kind="retries_ended").message == "this was the last of 2 attempts"


def test_the_next_attempt_waits_for_its_moment_by_the_databases_clock(platform: fake.FakePlatform) -> None:
    platform.script(in_turn(fake.FakeProgram(exit_code=3), fake.FakeProgram()))

    job = run(job_of(retry={"max_attempts": 2, "backoff_seconds": 0.7, "jitter": 0}))

    first, second = job.attempts.all()
    assert second.created_at - first.ended_at >= timedelta(seconds=0.69)
    assert "attempt 2 of 2 in 0.7 s" in job.events.get(kind="retry_scheduled").message


def test_after_an_oom_kill_the_next_attempt_has_more_memory(platform: fake.FakePlatform) -> None:
    def program(spec: RunSpec) -> fake.FakeProgram:
        is_enough = (spec.memory_limit_mb or 0) >= 120
        return fake.FakeProgram() if is_enough else fake.FakeProgram(signal=9, oom_killed=True)

    platform.script(program)
    job = run(job_of(memory_limit=64, retry={"max_attempts": 4, "oom_memory_factor": 1.5, **AT_ONCE}))

    assert job.status == Status.COMPLETED
    assert list(job.attempts.values_list("memory_limit_mb", flat=True)) == [None, 96, 144]
    assert job.memory_limit == 64


@pytest.mark.parametrize(("transient", "attempts"), [(True, 3), (False, 1)])
def test_an_image_is_pulled_again_only_where_that_can_help(
    platform: fake.FakePlatform, transient: bool, attempts: int
) -> None:
    refusal = fake.FakeRefusal("registry says no", transient=transient)
    platform.script(fake.FakeProgram(refusal=refusal))

    job = run(job_of(retry={"max_attempts": 3, **AT_ONCE}))

    assert (job.status, job.failure_reason) == (Status.FAILED, "image")
    assert ends(job) == [("image", 125)] * attempts


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"timeout_seconds": 0.3}, FailureReason.TIMEOUT),
        ({"total_timeout_seconds": 1.5}, FailureReason.TOTAL_TIMEOUT),
    ],
)
def test_what_runs_is_stopped_at_each_of_its_limits(
    platform: fake.FakePlatform, limit: dict[str, Any], reason: FailureReason
) -> None:
    platform.script(STUBBORN)

    job = run(job_of(**limit))

    assert (job.status, job.failure_reason) == (Status.TIMEOUT, reason)
    assert ends(job) == [(reason.value, 137)]


def test_the_total_timeout_counts_from_the_first_claim(platform: fake.FakePlatform) -> None:
    platform.script(in_turn(fake.FakeProgram(exit_code=3), ENDLESS))

    job = run(job_of(total_timeout_seconds=4, retry={"max_attempts": 9, "backoff_seconds": 1, "jitter": 0}))

    assert (job.status, job.failure_reason) == (Status.TIMEOUT, FailureReason.TOTAL_TIMEOUT)
    first, second = job.attempts.all()
    assert (second.ended_at - first.created_at) >= timedelta(seconds=4) > (second.finished_at - second.started_at)


def test_a_launch_that_does_not_come_about_in_time_is_ended_and_may_be_retried(platform: fake.FakePlatform) -> None:
    def silent(spec: RunSpec) -> fake.FakeProgram:
        raise ExecutorUnavailableError("no answer to a launch")

    platform.script(silent)
    job = run(job_of(start_timeout_seconds=0.3, retry={"max_attempts": 2, **AT_ONCE}))

    assert (job.status, job.failure_reason) == (Status.TIMEOUT, FailureReason.START_TIMEOUT)
    assert ends(job) == [("start_timeout", None)] * 2
    assert "not started within 0.3 s" in job.attempts.get(number=1).failure_message


def test_the_start_timeout_is_no_limit_of_what_runs(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(lasts=2.2))
    assert run(job_of(start_timeout_seconds=2)).status == Status.COMPLETED


def test_a_job_that_waits_too_long_needs_no_attempt_and_no_room(platform: fake.FakePlatform) -> None:
    ExecutorHost.objects.update(is_draining=True)

    job = run(job_of(queue_timeout_seconds=0.2))

    assert (job.status, job.failure_reason) == (Status.TIMEOUT, FailureReason.QUEUE_TIMEOUT)
    assert job.attempts.count() == 0
    assert job.events.get(kind="expired").message == "no attempt began within 0.2 s"


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"timeout_seconds": 600}, FailureReason.TIMEOUT),
        ({"total_timeout_seconds": 600}, FailureReason.TOTAL_TIMEOUT),
        ({"deadline": timedelta(seconds=600)}, FailureReason.DEADLINE),
    ],
)
def test_a_limit_that_is_reached_while_no_worker_is_there_is_kept_by_the_next(
    platform: fake.FakePlatform, limit: dict[str, Any], reason: FailureReason
) -> None:
    platform.script(STUBBORN)
    job = job_of(**limit, retry=3)
    work(lambda running: running.until(job, Status.RUNNING))
    _an_hour_passes(job)

    work(lambda running: running.until_cleared(job), name="two")

    assert status_of(job.pk) is Status.TIMEOUT
    assert ends(job) == [(reason.value, 137)]
    assert job.events.filter(kind="retries_ended").count() == 1


def _an_hour_passes(job: ContainerJob) -> None:
    hour = timedelta(hours=1)
    job.attempts.update(created_at=F("created_at") - hour, started_at=F("started_at") - hour)
    ContainerJob.objects.filter(pk=job.pk).update(deadline=F("deadline") - hour)


def test_what_runs_is_cancelled_by_another_worker_when_its_own_is_gone(platform: fake.FakePlatform) -> None:
    platform.script(ENDLESS)
    job = job_of(retry=3)
    work(lambda running: running.until(job, Status.RUNNING))
    cancel_job(job.pk)

    work(lambda running: running.until_cleared(job), name="two")

    assert status_of(job.pk) is Status.CANCELLED
    assert ends(job) == [("cancelled", 143)]


def test_a_limit_that_is_reached_during_a_cancellation_leaves_it_one(platform: fake.FakePlatform) -> None:
    platform.script(STUBBORN)
    job = job_of(timeout_seconds=1, stop_grace_seconds=1.5)

    async def scenario(running: Running) -> None:
        await running.until(job, Status.RUNNING)
        await running.bridge.call(cancel_job, job.pk)
        await running.until_cleared(job)

    work(scenario)
    assert status_of(job.pk) is Status.CANCELLED
    assert ends(job) == [("cancelled", 137)]


def test_a_job_that_waits_for_its_next_attempt_is_cancelled_at_once(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(exit_code=3))
    job = job_of(retry={"max_attempts": 2, "backoff_seconds": 600})

    async def scenario(running: Running) -> None:
        await running.until_over(job)
        await running.bridge.call(cancel_job, job.pk)
        await running.until_cleared(job)

    work(scenario)
    assert status_of(job.pk) is Status.CANCELLED
    assert ends(job) == [("exit_code", 3)]


def test_a_job_is_asked_to_end_by_its_own_stop_signal(platform: fake.FakePlatform) -> None:
    platform.script(ENDLESS)
    job = run(job_of(timeout_seconds=0.2, stop_signal="SIGINT", stop_grace_seconds=30))
    assert ends(job) == [("timeout", 130)]


def test_a_restarted_job_gets_another_attempt_and_its_policy_counts_anew(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(exit_code=3))
    job = run(job_of(retry={"max_attempts": 2, **AT_ONCE}))

    assert restart_job(job.pk).next_attempt == 3
    job = run(job)

    assert (job.status, job.failure_reason) == (Status.FAILED, "exit_code")
    assert list(job.attempts.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert kinds(job).count("restarted") == 1


def test_a_job_restarted_while_its_last_attempt_is_cleared_away_waits_for_that(platform: fake.FakePlatform) -> None:
    platform.script(in_turn(ENDLESS, fake.FakeProgram()))
    job = job_of()

    async def scenario(running: Running) -> None:
        await running.until(job, Status.RUNNING)
        await running.bridge.call(cancel_job, job.pk)
        await running.until(job, Status.CANCELLED)
        await running.bridge.call(restart_job, job.pk)
        await running.until(job, Status.COMPLETED)
        await running.until_cleared(job)

    work(scenario)
    assert ends(job) == [("cancelled", 143), ("", 0)]
    assert platform.held() == ()
