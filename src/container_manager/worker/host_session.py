"""One host as the worker holds it: its executor, what it announces, and the list by which nothing is missed.

Sessions know nothing of each other, so that a host which hangs disturbs nobody else's jobs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from container_manager.conf import app_settings
from container_manager.executors.base import (
    AttemptKey,
    Capacity,
    Executor,
    ExecutorUnavailableError,
    Exited,
    Fingerprint,
    Found,
    Hint,
    Lost,
)
from container_manager.executors.registry import build_executor
from container_manager.services.host_health import note_answered_launch, note_silent_launch, store_health
from container_manager.services.host_records import HostRecord
from container_manager.worker.bridge import Bridge
from container_manager.worker.failures import log_failure
from container_manager.worker.host_logs import HostLogs
from container_manager.worker.streams import closed_after
from container_manager.worker.sweeping import Sweeper
from container_manager.worker.usage_sampling import UsageSampling

logger = logging.getLogger(__name__)

#: A platform has time limits of its own; this one is for an executor that breaks that promise.
CHECK_SECONDS = 20.0

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0


class Attendant(Protocol):
    """Whoever looks after an attempt on this host."""

    def notice(self, hint: Hint) -> None:
        """Take a hint about the attempt."""
        ...

    def look(self) -> None:
        """Ask the platform about the attempt soon."""
        ...


class HostSession:
    """Call ``start`` once, and ``close`` at the end; attendants come and go in between."""

    def __init__(self, record: HostRecord, bridge: Bridge, installation: str, worker: str = "") -> None:
        """Raise what :func:`build_executor` raises for a host that is configured wrongly."""
        self.record = record
        self.executor: Executor = build_executor(record.executor_type, record.config)
        self.is_ready = False
        """Whether its last health check was good."""
        self.tell_ready: Callable[[], None] = lambda: None
        """Told when it is found well after it was not."""
        self.checked = asyncio.Event()
        """Set once its health was asked for."""
        self._bridge = bridge
        self._installation = installation
        self._worker = worker
        self._was_silent = record.was_silent
        self.usage = UsageSampling(self.executor, bridge)
        self.logs = HostLogs(bridge)
        self._sweeper = Sweeper(self.executor, bridge)
        self._attendants: dict[AttemptKey, Attendant] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._listing: asyncio.Task[dict[AttemptKey, Found]] | None = None

    def start(self) -> None:
        """Begin to check, to watch, and to reconcile."""
        name = self.record.name
        self._tasks = [
            asyncio.create_task(self._reconcile_regularly(), name=f"reconcile {name}"),
            asyncio.create_task(self._watch(), name=f"watch {name}"),
            asyncio.create_task(self.usage.run(), name=f"sample {name}"),
        ]

    async def close(self) -> None:
        """Stop everything and give back the connections. Attempts keep running."""
        tasks = [*self._tasks, *([self._listing] if self._listing else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.executor.close()

    def attend(self, key: AttemptKey, attendant: Attendant) -> None:
        """Tell ``attendant`` from now on what happens to the attempt."""
        self._attendants[key] = attendant

    def leave(self, key: AttemptKey) -> None:
        """Tell nobody any more."""
        self._attendants.pop(key, None)

    async def note_silent_launch(self) -> None:
        """Take no new attempts for it until its next health check is good, or longer if it goes on like this."""
        self.is_ready = False
        self._was_silent = True
        await self._bridge.call(note_silent_launch, self.record.pk)

    async def note_answered_launch(self) -> None:
        """Trust it again if it had left a launch without an answer."""
        if self._was_silent:
            self._was_silent = False
            await self._bridge.call(note_answered_launch, self.record.pk)

    @property
    def is_idle(self) -> bool:
        """Whether nobody here looks after an attempt."""
        return not self._attendants

    async def find(self, key: AttemptKey) -> Found | None:
        """Return the attempt as the platform lists it. Raises :class:`ExecutorUnavailableError`."""
        return (await self._list()).get(key)

    async def _list(self) -> dict[AttemptKey, Found]:
        """List once for all who ask at the same time."""
        if self._listing is None or self._listing.done():
            self._listing = asyncio.create_task(self._list_now(), name=f"list {self.record.name}")
        return await asyncio.shield(self._listing)

    async def _list_now(self) -> dict[AttemptKey, Found]:
        return {found.key: found for found in await self.executor.adopt(self._installation)}

    async def _reconcile_regularly(self) -> None:
        while True:
            try:
                await self._check()
                if self.is_ready:
                    await self._reconcile()
            except (ExecutorUnavailableError, TimeoutError) as error:
                self._log_away(error)
            except Exception as error:  # noqa: BLE001  the worker's loop: one host's trouble must not end the worker
                log_failure(logger, f"checking host {self.record.name} failed", error, action="reconcile")
            await asyncio.sleep(app_settings().reconcile_seconds)

    async def _check(self) -> None:
        health = await measure(self.executor)
        fingerprint = health.fingerprint
        if fingerprint.healthy is not self.is_ready and self.checked.is_set():
            word = "is well again" if fingerprint.healthy else "is not well"
            extra = {"action": "host-health", "host": self.record.name}
            logger.warning("host %s %s: %s", self.record.name, word, fingerprint.detail, extra=extra)
        was_ready, self.is_ready = self.is_ready, fingerprint.healthy
        await self._bridge.call(store_health, self.record.pk, fingerprint, health.capacity, worker=self._worker)
        self.checked.set()
        if self.is_ready and not was_ready:
            self.tell_ready()

    async def _reconcile(self) -> None:
        """Wake those whose attempt is over, or missing, on the platform's list; remove what nobody will start."""
        asked_for = list(self._attendants)
        found = await self._list_now()
        for key in asked_for:
            attendant = self._attendants.get(key)
            listed = found.get(key)
            if attendant is not None and (listed is None or isinstance(listed.observation, Exited | Lost)):
                attendant.look()
        await self._sweeper.sweep(found, self._attendants)

    async def _watch(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with closed_after(self.executor.watch(self._installation)) as hints:
                    async for hint in hints:
                        pause = _FIRST_PAUSE_SECONDS
                        self._pass_on(hint)
            except ExecutorUnavailableError as error:
                self._log_away(error)
            except Exception:  # the worker's loop: hints may go missing, the list finds everything
                logger.exception("watching host %s failed", self.record.name, extra={"action": "watch"})
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            # What was announced while nobody listened is found by asking.
            for attendant in list(self._attendants.values()):
                attendant.look()

    def _pass_on(self, hint: Hint) -> None:
        attendant = self._attendants.get(hint.key)
        if attendant is not None:
            attendant.notice(hint)

    def _log_away(self, error: Exception) -> None:
        extra = {"action": "host-away", "host": self.record.name}
        logger.info("host %s does not answer: %s", self.record.name, str(error) or "no answer in time", extra=extra)


@dataclass(frozen=True, kw_only=True)
class Health:
    """How a platform is, and what it has, if it could say."""

    fingerprint: Fingerprint
    capacity: Capacity | None = None


async def measure(executor: Executor, *, seconds: float = CHECK_SECONDS) -> Health:
    """Ask a platform how it is and what it has; a platform that hangs is not well."""
    try:
        async with asyncio.timeout(seconds):
            fingerprint = await executor.check_health()
    except TimeoutError:
        return Health(fingerprint=Fingerprint(healthy=False, detail=f"no answer within {seconds:g} s"))
    capacity = None
    if fingerprint.healthy:
        with suppress(ExecutorUnavailableError, TimeoutError):
            async with asyncio.timeout(seconds):
                capacity = await executor.capacity()
    return Health(fingerprint=fingerprint, capacity=capacity)
