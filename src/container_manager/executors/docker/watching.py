"""Following the engine's events without ever making it wait.

A reader that sleeps slows every call to the engine. So one task reads at once and puts hints into a bounded queue; when
whoever takes them is slow, the oldest are dropped. They are hints: the reconciling list finds what they told.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from container_manager.executors.base import Hint
from container_manager.executors.docker.engine import EngineClient, Filters
from container_manager.executors.docker.observation import hint_of

MAX_WAITING: Final = 10_000


class Watcher:
    """One connection to the engine's events."""

    def __init__(self, engine: EngineClient, filters: Filters, *, max_waiting: int = MAX_WAITING) -> None:
        self._engine = engine
        self._filters = filters
        self._waiting: deque[Hint] = deque(maxlen=max_waiting)
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def hints(self) -> AsyncGenerator[Hint, None]:
        """Yield hints until the connection ends, or raise the :class:`EngineError` that ended it."""
        self._task = asyncio.create_task(self._drain(), name="read events")
        self._task.add_done_callback(lambda _: self._changed.set())
        try:
            while True:
                while self._waiting:
                    yield self._waiting.popleft()
                if self._task.done():
                    break
                self._changed.clear()
                await self._changed.wait()
            if not self._task.cancelled() and (error := self._task.exception()):
                raise error
        finally:
            self._task.cancel()

    async def close(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _drain(self) -> None:
        async with aclosing(self._engine.events(self._filters)) as events:
            async for event in events:
                hint = hint_of(event)
                if hint is not None:
                    self._waiting.append(hint)
                    self._changed.set()
