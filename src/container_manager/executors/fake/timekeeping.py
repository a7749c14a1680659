"""The time in which fake programs run: the real one, or one that a test moves by hand."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Time(Protocol):
    """A clock and a way to wait for it."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed."""
        ...


class RealTime:
    """The machine's time."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)


class ManualTime:
    """Time that stands still until it is advanced."""

    def __init__(self, *, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return the time it was advanced to."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once somebody has advanced the time so far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waker = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + seconds, waker))
        await waker

    async def advance(self, seconds: float) -> None:
        """Move the time on, and let everything run that was waiting for it."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds
        due = [waker for until, waker in self._sleepers if until <= self._now]
        self._sleepers = [(until, waker) for until, waker in self._sleepers if until > self._now]
        for waker in due:
            if not waker.done():
                waker.set_result(None)
        for _ in range(_TURNS):
            await asyncio.sleep(0)


#: Turns of the event loop after which whoever was woken has done what there was to do without waiting again.
_TURNS = 20
