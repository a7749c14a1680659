"""Troubles that a real platform makes too seldom for a test: a worker on a platform in memory, with a real database."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from container_manager.executors import fake
from container_manager.executors.base import AttemptKey
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.models import Attempt, ContainerJob, ExecutorHost, Installation
from container_manager.services.cancel import cancel_job
from tests.integration.worker.in_process import Running, status_of, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_child_killed_at_the_limit_leaves_a_completed_job_with_a_diagnosis(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(exit_code=0, oom_killed=True, stdout=b"half\n"))
    job = _job()

    work(lambda running: running.until_over(job))

    attempt = _attempt(job)
    assert (status_of(job.pk), attempt.failure_reason, attempt.oom_killed) == (Status.COMPLETED, "", True)
    assert attempt.diagnosis.cause
    assert platform.held() == ()


def test_a_refused_image_is_told_in_the_platforms_words(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(refusal=fake.FakeRefusal("no such image: typo:1")))
    job = _job()

    work(lambda running: running.until_over(job))

    attempt = _attempt(job)
    assert (status_of(job.pk), attempt.failure_reason) == (Status.FAILED, FailureReason.IMAGE)
    assert attempt.failure_message == "no such image: typo:1"


def test_a_signal_from_outside_is_put_down_to_somebody_else(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(lasts=60))
    job = _job()

    async def scenario(running: Running) -> None:
        await running.until(job, Status.RUNNING)
        platform.send_signal(await running.bridge.call(_key, job.pk), 9)
        await running.until_over(job)

    work(scenario)
    attempt = _attempt(job)
    assert (attempt.failure_reason, attempt.outside_signal) == (FailureReason.STOPPED_EXTERNALLY, 9)


def test_an_attempt_that_the_platform_forgot_is_lost_and_not_run_again(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(lasts=60))
    job = _job()

    async def scenario(running: Running) -> None:
        await running.until(job, Status.RUNNING)
        platform.lose(await running.bridge.call(_key, job.pk))
        await running.until_over(job)

    work(scenario)
    assert (status_of(job.pk), _attempt(job).failure_reason) == (Status.FAILED, FailureReason.LOST)
    assert job.attempts.count() == 1


def test_a_platform_that_is_away_for_a_while_changes_nothing(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(lasts=0.5, stdout=b"done\n"))
    job = _job()

    async def scenario(running: Running) -> None:
        await running.until(job, Status.RUNNING)
        platform.go_down()
        await asyncio.sleep(1.0)
        assert await running.bridge.call(status_of, job.pk) is Status.RUNNING
        platform.come_back()
        await running.until_over(job)

    work(scenario)
    assert (status_of(job.pk), job.attempts.count()) == (Status.COMPLETED, 1)
    assert _attempt(job).stdout_bytes == 5


def test_a_cancellation_waits_for_a_platform_that_is_away(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(lasts=60))
    job = _job()

    async def scenario(running: Running) -> None:
        await running.until(job, Status.RUNNING)
        platform.go_down()
        await running.bridge.call(cancel_job, job.pk)
        await asyncio.sleep(0.5)
        assert await running.bridge.call(status_of, job.pk) is Status.CANCELLING
        platform.come_back()
        await running.until_over(job)

    work(scenario)
    assert status_of(job.pk) is Status.CANCELLED
    assert platform.held() == ()


def test_a_job_that_names_an_unisolated_host_is_refused_with_the_reason_where_debug_is_off(
    platform: fake.FakePlatform, settings: Any
) -> None:
    ExecutorHost.objects.create(name="plain", executor_type="process", weight=1000)
    platform.script(fake.FakeProgram())
    named, free = _job(host="plain"), _job()

    async def scenario(running: Running) -> None:
        await running.until_over(named)
        await running.until_over(free)

    work(scenario)
    assert (status_of(named.pk), _attempt(named).failure_reason) == (Status.FAILED, FailureReason.UNSUPPORTED)
    assert "allow_unisolated" in _attempt(named).failure_message
    assert (status_of(free.pk), _attempt(free).host.name) == (Status.COMPLETED, "fake")


def _job(host: str | None = None) -> ContainerJob:
    return ContainerJob.objects.create_job(image="any:1", command=["run"], host=host)


def _attempt(job: ContainerJob) -> Attempt:
    return Attempt.objects.get(job=job)


def _key(pk: int) -> AttemptKey:
    return AttemptKey(installation=Installation.current_key(), job_id=pk, number=1)
