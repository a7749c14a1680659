"""How the suite waits for ends, reads logs, and collects hints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from container_manager.executors.base import (
    Executor,
    Exited,
    Handle,
    Hint,
    LogCursor,
    LogFrame,
    Running,
    Stream,
)
from container_manager.runspec.spec import RunSpec
from tests.contract.harness import Harness

#: Longest wait for a platform under load. Nothing here is a measure of speed.
PATIENCE_SECONDS = 60.0

#: Not UTF-8, with NULs, a character cut in two, and no newline at the end.
BINARY = bytes(range(256)) + b"\x00\x00\xff\xfe\xc3"


async def until_over(executor: Executor, handle: Handle) -> Exited:
    """Ask for the outcome until the attempt is over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            observation = await executor.outcome(handle)
            if isinstance(observation, Exited):
                return observation
            assert isinstance(observation, Running), f"neither running nor over: {observation}"
            await asyncio.sleep(0.02)


async def all_frames(
    executor: Executor, handle: Handle, *, cursor: LogCursor | None = None, follow: bool = False
) -> list[LogFrame]:
    """Read the log to its end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [frame async for frame in executor.logs(handle, cursor=cursor or LogCursor(), follow=follow)]


def data_of(frames: Sequence[LogFrame], stream: Stream) -> bytes:
    """The bytes of one stream."""
    return b"".join(frame.data for frame in frames if frame.stream is stream)


async def wait_for_output(executor: Executor, handle: Handle, expected: bytes) -> LogFrame:
    """Follow the log until a frame holds these bytes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for frame in executor.logs(handle, cursor=LogCursor(), follow=True):
            if expected in frame.data:
                return frame
    raise AssertionError(f"the log ended without {expected!r}")


async def run(executor: Executor, harness: Harness, spec: RunSpec) -> tuple[Handle, Exited]:
    """Launch a new attempt and wait for its end."""
    handle = await executor.launch(harness.key(), spec)
    return handle, await until_over(executor, handle)


class Contract:
    """Base of every part of the suite. The class that runs it gives the fixture ``harness``."""

    @pytest.fixture
    def executor(self, harness: Harness) -> Executor:
        return harness.executor


class CollectedHints:
    """Hints read in a task of their own, as the worker reads them."""

    def __init__(self, hints: AsyncIterator[Hint]) -> None:
        self.seen: list[Hint] = []
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._collect(hints))

    async def _collect(self, hints: AsyncIterator[Hint]) -> None:
        async for hint in hints:
            self.seen.append(hint)
            self._changed.set()

    async def started(self) -> None:
        """Give the watcher time to connect; nothing tells when it has."""
        await asyncio.sleep(0.3)

    async def until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition(self.seen):
                self._changed.clear()
                await self._changed.wait()
        self._task.cancel()

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait([self._task])
        assert not self._task.cancelled()
