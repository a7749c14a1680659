"""A worker hears at once what there is to do: here it would look by itself only after an hour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from container_manager.executors import fake
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, ExecutorHost
from container_manager.services.cancel import cancel_job
from container_manager.services.queues import pause_queue, resume_queue
from tests.integration.worker.in_process import Running, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_polling(platform: fake.FakePlatform, settings: Any) -> None:
    settings.CONTAINER_MANAGER = settings.CONTAINER_MANAGER | {"poll_seconds": 3600, "heartbeat_seconds": 3600}


async def elsewhere(write: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Do it on a connection of its own, as another process would."""

    def run() -> Any:
        try:
            return write(*args, **kwargs)
        finally:
            connections.close_all()

    while True:
        try:
            return await asyncio.to_thread(run)
        except OperationalError:  # SQLite in memory does not wait for another writer
            await asyncio.sleep(0.01)


def submit(**fields: Any) -> ContainerJob:
    return ContainerJob.objects.create_job(image="any:1", command=["run"], **fields)


async def at_rest(running: Running) -> None:
    """Wait until the worker has done a first job, and looks for nothing by itself any more."""
    await running.until_over(await elsewhere(submit))
    await asyncio.sleep(0.3)


def test_a_submitted_job_begins_at_once(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram())

    async def scenario(running: Running) -> None:
        await at_rest(running)
        await running.until_over(await elsewhere(submit))

    work(scenario)


def test_a_cancellation_reaches_a_running_attempt_at_once(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(lasts=3600))

    async def scenario(running: Running) -> None:
        job = await elsewhere(submit)
        await running.until(job, Status.RUNNING)
        await asyncio.sleep(0.3)
        await elsewhere(cancel_job, job.pk)
        await running.until(job, Status.CANCELLED)

    work(scenario)


def test_a_job_begins_when_its_time_comes(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram())

    async def scenario(running: Running) -> None:
        await at_rest(running)
        await running.until_over(await elsewhere(submit, not_before=timedelta(seconds=0.7)))

    work(scenario)


def test_a_resumed_queue_moves_at_once(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram())

    async def scenario(running: Running) -> None:
        await at_rest(running)
        await elsewhere(pause_queue, "reports")
        job = await elsewhere(submit, queue="reports")
        await asyncio.sleep(0.3)
        assert await elsewhere(_status, job.pk) is Status.PENDING
        await elsewhere(resume_queue, "reports")
        await running.until_over(job)

    work(scenario)


def test_the_next_job_of_a_key_begins_when_the_one_before_it_is_over(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram(lasts=0.3))
    ExecutorHost.objects.update(max_running=10)

    async def scenario(running: Running) -> None:
        jobs = [await elsewhere(submit, concurrency_key="one at a time") for _ in range(2)]
        await running.until_over(jobs[1])

    work(scenario)


def test_a_worker_whose_connections_were_cut_hears_again(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram())
    tests_own = _backend()

    async def scenario(running: Running) -> None:
        await at_rest(running)
        await elsewhere(_cut_all_but, tests_own)
        await running.until_over(await elsewhere(submit))

    work(scenario)


def test_a_job_whose_transaction_was_rolled_back_wakes_nobody(platform: fake.FakePlatform) -> None:
    platform.script(fake.FakeProgram())

    def take_back() -> None:
        with transaction.atomic():
            submit()
            transaction.set_rollback(True)

    async def scenario(running: Running) -> None:
        await at_rest(running)
        await elsewhere(take_back)
        await running.until_over(await elsewhere(submit))

    work(scenario)
    assert ContainerJob.objects.count() == 2


def _status(pk: int) -> Status:
    return Status(ContainerJob.objects.values_list("status", flat=True).get(pk=pk))


def _backend() -> int | None:
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def _cut_all_but(spared: int | None) -> None:
    if spared is not None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid NOT IN (%s, pg_backend_pid())",
                [spared],
            )
