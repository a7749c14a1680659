"""Calls of the worker to its database: together, each with its own answer, and again when the database fails."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction

from container_manager.models import JobQueue
from container_manager.worker.bridge import Bridge

pytestmark = pytest.mark.django_db(transaction=True)


class Gate:
    """Holds up the database thread, so that calls gather behind it."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self.is_reached = threading.Event()

    def wait(self) -> None:
        self.is_reached.set()
        self._opened.wait(30)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


def make(name: str) -> bool:
    JobQueue.objects.create(name=name)
    return connection.in_atomic_block


def fail() -> None:
    raise LookupError("mine alone")


async def gather(bridge: Bridge, gate: Gate, *calls: asyncio.Future) -> list:
    """Let the calls wait together behind one that is held up."""
    held = asyncio.ensure_future(bridge.call(gate.wait))
    await asyncio.sleep(0)
    await asyncio.to_thread(gate.is_reached.wait)
    waiting = [asyncio.ensure_future(call) for call in calls]
    await asyncio.sleep(0.05)
    gate.open()
    await held
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_calls_that_wait_at_the_same_moment_share_one_transaction(gate: Gate) -> None:
    async with Bridge() as bridge:
        alone = await bridge.call(make, "alone")
        together = await gather(bridge, gate, *(bridge.call(make, name) for name in "abc"))
        names = await bridge.call(lambda: set(JobQueue.objects.values_list("name", flat=True)))

    assert (alone, together) == (False, [True, True, True])
    assert names >= {"alone", "a", "b", "c"}


async def test_an_error_is_its_own_callers_and_costs_the_others_nothing(gate: Gate) -> None:
    async with Bridge() as bridge:
        first, failed, last = await gather(
            bridge, gate, bridge.call(make, "a"), bridge.call(fail), bridge.call(make, "b")
        )
        made = await bridge.call(lambda: JobQueue.objects.filter(name__in="ab").count())

    assert (first, last, made) == (False, False, 2)
    assert isinstance(failed, LookupError)


async def test_a_call_whose_caller_was_cancelled_is_finished(gate: Gate) -> None:
    async with Bridge() as bridge:
        held = asyncio.ensure_future(bridge.call(gate.wait))
        call = asyncio.ensure_future(bridge.call(make, "a"))
        await asyncio.sleep(0)
        call.cancel()
        gate.open()
        await held
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await bridge.call(lambda: JobQueue.objects.filter(name="a").exists())


async def test_a_call_is_repeated_while_the_database_is_busy(caplog) -> None:
    tries = []

    def busy_twice() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("database is locked") from _busy()
        return "done"

    async with Bridge() as bridge:
        assert await bridge.call(busy_twice) == "done"
    assert "asking again" in caplog.text


async def test_a_call_that_waited_as_long_as_it_may_fails_with_the_databases_error() -> None:
    def busy() -> None:
        raise OperationalError("database is locked") from _busy()

    async with Bridge(patience_seconds=0.2) as bridge:
        with pytest.raises(OperationalError):
            await bridge.call(busy)


async def test_what_no_repetition_can_mend_is_told_at_once() -> None:
    def wrong() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM container_manager_jobqueue")

    async with Bridge(patience_seconds=3600) as bridge:
        with pytest.raises((OperationalError, ProgrammingError)):
            await bridge.call(wrong)


async def test_a_connection_that_was_cut_is_opened_again(caplog) -> None:
    def cut_myself_off() -> None:
        if connection.vendor == "postgresql":
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
                if len(pids) == 1:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    pids: list[int] = []
    async with Bridge() as bridge:
        await bridge.call(cut_myself_off)
        await bridge.call(make, "a")
    assert len(set(pids)) == len(pids)


def _busy() -> Exception:
    """What the driver raises when another connection holds the lock."""
    error = Exception("database is locked")
    error.sqlite_errorcode = 5  # type: ignore[attr-defined]  # as the driver sets it
    return error


async def test_what_nobody_waits_for_goes_together_and_holds_up_nothing() -> None:
    threads: list[float] = []

    def clear() -> None:
        threads.append(time.monotonic())

    async with Bridge() as bridge:
        bridge.expect(100)
        began = time.monotonic()
        waiting = [asyncio.ensure_future(bridge.call_some_time(clear)) for _ in range(5)]
        await asyncio.sleep(0)
        assert await bridge.call(make, "meanwhile") is False
        assert threads == []
        await asyncio.gather(*waiting)

    assert len(threads) == 5
    assert threads[0] - began >= 0.9


async def test_what_nobody_waits_for_is_done_at_once_by_an_idle_worker_and_at_the_end() -> None:
    async with Bridge() as bridge:
        assert await bridge.call_some_time(make, "idle") is False
        bridge.expect(100)
        last = asyncio.ensure_future(bridge.call_some_time(make, "last"))
        await asyncio.sleep(0)
        bridge.hurry()
        await asyncio.wait_for(last, 0.9)

    assert await asyncio.to_thread(_names) == {"idle", "last"}


def _names() -> set[str]:
    try:
        return set(JobQueue.objects.values_list("name", flat=True))
    finally:
        connection.close()
