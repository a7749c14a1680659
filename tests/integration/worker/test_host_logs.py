"""The logs of one host share a writer: together into the database, each with its own answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from container_manager.models import ContainerJob, LogChunk
from container_manager.services.leases import LeaseLostError
from container_manager.services.log_storage import append_logs
from container_manager.worker import host_logs
from container_manager.worker.bridge import Bridge
from container_manager.worker.host_logs import HostLogs
from tests.integration.services.test_log_storage import Writer
from tests.integration.stored import JobStore

pytestmark = pytest.mark.django_db(transaction=True)


def run(main):
    async def within():
        async with Bridge() as bridge:
            return await main(HostLogs(bridge))

    return asyncio.run(within())


def test_batches_that_wait_are_stored_in_one_transaction(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(host_logs, "append_logs", lambda writes: calls.append(len(writes)) or append_logs(writes))
    writers = [Writer(JobStore()) for _ in range(5)]

    async def main(logs: HostLogs) -> None:
        await asyncio.gather(*(logs.store(one.lease, one.batch(b"line\n")) for one in writers))

    run(main)
    assert sum(calls) == 5
    assert len(calls) <= 2
    assert [one.shown for one in writers] == [b"line\n"] * 5


def test_a_lost_lease_and_a_batch_that_cannot_be_stored_cost_nobody_else_anything() -> None:
    fine, lost, broken = (Writer(JobStore()) for _ in range(3))
    ContainerJob.objects.filter(pk=lost.job.pk).update(lease_token=9)
    wrong = broken.batch(b"line\n")
    wrong = replace(wrong, chunks=[replace(wrong.chunks[0], stream=None)])

    async def main(logs: HostLogs) -> list[object]:
        writes = ((fine.lease, fine.batch(b"line\n")), (lost.lease, lost.batch(b"line\n")), (broken.lease, wrong))
        return await asyncio.gather(*(logs.store(*write) for write in writes), return_exceptions=True)

    answers = run(main)
    assert answers[0] is None
    assert isinstance(answers[1], LeaseLostError)
    assert "stream" in str(answers[2])
    assert [one.shown for one in (fine, lost, broken)] == [b"line\n", b"", b""]


def test_a_batch_is_stored_also_if_its_caller_is_cancelled() -> None:
    writer = Writer(JobStore())

    async def main(logs: HostLogs) -> None:
        storing = asyncio.create_task(logs.store(writer.lease, writer.batch(b"line\n")))
        await asyncio.sleep(0)
        storing.cancel()
        with suppress(asyncio.CancelledError):
            await storing
        assert storing.cancelled()

    run(main)
    assert LogChunk.objects.count() == 1
