"""What a worker hears of: from the database, from its own attempts and hosts, and from the clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress

from container_manager.models.notifying import News
from container_manager.services.wakeups import ALL_NEWS, Listener, change_number, has_notifications
from container_manager.worker.bridge import Bridge

logger = logging.getLogger(__name__)

#: How often SQLite is asked whether somebody has written. The question costs some ten microseconds.
_CHANGES_SECONDS = 0.025
_LEFT_SECONDS = 0.5


class NewsDesk:
    """Gathers news until somebody has time for it. Call ``open`` once, and ``close`` at the end."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._heard: set[News] = set()
        self._arrived = asyncio.Event()
        self._due: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None
        self._listener: Listener | None = None

    async def open(self) -> None:
        """Begin to hear of what others write to the database."""
        loop = asyncio.get_running_loop()
        if await self._bridge.call(has_notifications):
            self._listener = Listener(lambda news: loop.call_soon_threadsafe(self.tell, news))
            self._listener.start()
        else:
            self._watching = asyncio.create_task(self._watch(), name="changes")

    async def close(self) -> None:
        """Hear nothing more."""
        self.tell_in(None)
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._listener is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._listener.stop)

    def tell(self, news: Collection[News] = ALL_NEWS) -> None:
        """Take news; call it in the event loop's thread."""
        self._heard.update(news)
        if self._heard:
            self._arrived.set()

    def tell_work(self) -> None:
        """Somebody may have room for a job now."""
        self.tell([News.WORK])

    def tell_in(self, seconds: float | None) -> None:
        """Tell of work after so many seconds, and at no other moment that was said before; ``None`` takes it back."""
        if self._due is not None:
            self._due.cancel()
        self._due = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self.tell_work)

    async def wait(self, seconds: float) -> frozenset[News]:
        """Return what was heard, at once or as soon as there is something; everything after that many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        heard = frozenset(self._heard) or ALL_NEWS
        self._heard.clear()
        self._arrived.clear()
        return heard

    async def _watch(self) -> None:
        """Tell of changes at once, but of left jobs not with every one: those of a busy neighbor would be too many."""
        last, left_at, was_changed = -1, 0.0, False
        while True:
            try:
                number = await self._bridge.call(change_number)
            except Exception:  # the worker's loop: it is asked again, and the worker looks by itself meanwhile
                logger.exception("asking for changes failed", extra={"action": "changes"})
                number = last
            if number != last:
                last, was_changed = number, True
                self.tell([News.WORK, News.CANCEL])
            now = asyncio.get_running_loop().time()
            if was_changed and now >= left_at:
                was_changed, left_at = False, now + _LEFT_SECONDS
                self.tell([News.LEFT])
            await asyncio.sleep(_CHANGES_SECONDS)
