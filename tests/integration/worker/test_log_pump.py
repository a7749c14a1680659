"""One attempt's log on its way into the store, while the database is slow and the worker is told to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from container_manager.executors.base import AttemptKey, LogCursor, LogFrame, Stream, StreamPosition
from container_manager.lifecycle.limits import TimeLimits
from container_manager.lifecycle.status import Status
from container_manager.models import Attempt
from container_manager.runspec.spec import RunSpec
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.log_storage import append_log, append_logs
from container_manager.worker import host_logs
from container_manager.worker.bridge import Bridge
from container_manager.worker.host_logs import HostLogs
from container_manager.worker.log_pump import LogPump
from tests.integration.services.test_log_storage import Writer
from tests.integration.stored import JobStore

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN_AT = datetime(2026, 3, 1, tzinfo=UTC)


class Platform:
    """Has written some lines, and can be asked for those behind a cursor."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    async def logs(self, handle: str, *, cursor: LogCursor, follow: bool) -> AsyncIterator[LogFrame]:
        read = cursor.stdout.nanoseconds if cursor.stdout else 0
        for number, line in enumerate(self.lines[read:], start=read + 1):
            after = LogCursor(stdout=StreamPosition(nanoseconds=number, frames=1))
            yield LogFrame(stream=Stream.STDOUT, written_at=WRITTEN_AT, data=line, cursor=after)


class SlowDatabase:
    """Lets a batch wait until it may be stored."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.may_go_on = threading.Event()

    def append_logs(self, writes):
        self.is_asked.set()
        assert self.may_go_on.wait(20)
        return append_logs(writes)


@pytest.fixture
def database(monkeypatch) -> Iterator[SlowDatabase]:
    slow = SlowDatabase()
    monkeypatch.setattr(host_logs, "append_logs", slow.append_logs)
    yield slow
    slow.may_go_on.set()


def claimed(writer: Writer) -> ClaimedAttempt:
    """The job as a worker has it that took it over just now."""
    attempt = Attempt.objects.get(pk=writer.lease.attempt_id)
    return ClaimedAttempt(
        lease=writer.lease,
        key=AttemptKey(installation="here", job_id=writer.job.pk, number=1),
        host_id=attempt.host_id,
        host_name="local",
        job_name="",
        spec=RunSpec(image="", command=("true",)),
        limits=TimeLimits(read_at=WRITTEN_AT, claimed_at=WRITTEN_AT, first_claimed_at=WRITTEN_AT),
        stop_grace_seconds=1.0,
        status=Status.RUNNING,
        log_cursor=attempt.log_cursor,
        log_bytes=(attempt.stdout_bytes, attempt.stderr_bytes),
    )


def pump_of(bridge: Bridge, platform: Platform, attempt: ClaimedAttempt) -> LogPump:
    return LogPump(HostLogs(bridge), platform, attempt, lambda segments: None)


async def completing(pump: LogPump, platform: Platform, database: SlowDatabase) -> asyncio.Task:
    """Begin to complete a log of two lines while the first one is on its way into the database."""
    platform.lines.append(b"line 0\n")
    pump.begin("handle", lambda: None)
    assert await asyncio.to_thread(database.is_asked.wait, 20)
    platform.lines.append(b"line 1\n")
    return asyncio.create_task(pump.complete("handle"))


def test_a_worker_that_is_stopped_while_a_log_is_completed_stops_and_the_next_one_loses_no_line(database) -> None:
    writer, platform = Writer(JobStore()), Platform()

    async def stopped(attempt: ClaimedAttempt) -> None:
        async with Bridge() as bridge:
            pump = pump_of(bridge, platform, attempt)
            task = await completing(pump, platform, database)
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.wait([task], timeout=0.5)
            database.may_go_on.set()
            with suppress(asyncio.CancelledError):
                assert await task is None, "it went on with a later batch"
            await pump.abandon()

    async def gone_on(attempt: ClaimedAttempt) -> None:
        async with Bridge() as bridge:
            last = await pump_of(bridge, platform, attempt).complete("handle")
            assert last is not None
            await bridge.call(append_log, attempt.lease, last)

    asyncio.run(stopped(claimed(writer)))
    assert writer.shown == b"line 0\n"
    asyncio.run(gone_on(claimed(writer)))
    assert writer.shown == b"line 0\nline 1\n"


def test_a_log_is_not_complete_before_what_was_read_of_it_is_stored(database) -> None:
    writer, platform = Writer(JobStore()), Platform()
    attempt = claimed(writer)

    async def main() -> None:
        async with Bridge() as bridge:
            task = await completing(pump_of(bridge, platform, attempt), platform, database)
            done, _ = await asyncio.wait([task], timeout=0.5)
            assert not done
            database.may_go_on.set()
            last = await task
            assert last is not None
            assert last.batch.number == 2
            await bridge.call(append_log, attempt.lease, last)

    asyncio.run(main())
    assert writer.shown == b"line 0\nline 1\n"
