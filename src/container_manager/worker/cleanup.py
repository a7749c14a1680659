"""Removing from the platforms what is ours and of no more use: what carries our labels and this installation's key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from container_manager.conf import app_settings
from container_manager.executors.base import Executor, ExecutorError, Exited, Found, Lost, Prepared, Running
from container_manager.executors.registry import UnknownExecutorError, build_executor
from container_manager.runspec.spec import DEFAULT_STOP_GRACE_SECONDS
from container_manager.services.claims import installation_key
from container_manager.services.host_records import HostRecord, active_hosts
from container_manager.services.leftovers import Standing, mark_removed, standings
from container_manager.worker.bridge import Bridge, run_async


class Fate(StrEnum):
    """What was done with an attempt that was found."""

    REMOVED = "removed"
    WOULD_BE_REMOVED = "would be removed"
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One attempt that was found on a host, and what was done with it, and why."""

    name: str
    fate: Fate
    reason: str


@dataclass(frozen=True, kw_only=True)
class HostCleanup:
    """What was found on one host; ``problem`` where it could not be asked, or not to the end."""

    host: str
    leftovers: Sequence[Leftover]
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class CleanupOptions:
    """How to clean up. ``all_finished`` also removes what the settings say to keep."""

    dry_run: bool = False
    all_finished: bool = False
    grace: timedelta = timedelta(seconds=60)
    """How long something unknown must have been running, or over, before it is removed."""


def clean_up(options: CleanupOptions) -> Sequence[HostCleanup]:
    """Go through all hosts in use at once. Never touches an attempt whose outcome is not recorded."""
    return run_async(_clean_up(options))


async def _clean_up(options: CleanupOptions) -> Sequence[HostCleanup]:
    async with Bridge() as bridge:
        installation = await bridge.call(installation_key)
        hosts = await bridge.call(active_hosts)
        cleaners = [_Cleaner(host, installation, options, bridge).clean() for host in hosts]
        return await asyncio.gather(*cleaners)


class _Cleaner:
    """The cleanup of one host."""

    def __init__(self, host: HostRecord, installation: str, options: CleanupOptions, bridge: Bridge) -> None:
        self._host = host
        self._installation = installation
        self._options = options
        self._bridge = bridge
        self._seen: list[Leftover] = []

    async def clean(self) -> HostCleanup:
        problem = ""
        try:
            executor = build_executor(self._host.executor_type, self._host.config)
            try:
                await self._go_through(executor)
            finally:
                await executor.close()
        except (ExecutorError, UnknownExecutorError, ValueError) as error:
            problem = str(error)
        return HostCleanup(host=self._host.name, leftovers=self._seen, problem=problem)

    async def _go_through(self, executor: Executor) -> None:
        found = await executor.adopt(self._installation)
        known = await self._bridge.call(standings, [one.key for one in found])
        for one in found:
            since = await _since(executor, one) if known[one.key] is Standing.UNKNOWN else None
            remove, reason = self._decide(known[one.key], since)
            fate = Fate.KEPT
            if remove and self._options.dry_run:
                fate = Fate.WOULD_BE_REMOVED
            elif remove:
                await self._remove(executor, one)
                fate = Fate.REMOVED
            self._seen.append(Leftover(name=one.key.name, fate=fate, reason=reason))

    async def _remove(self, executor: Executor, found: Found) -> None:
        await executor.stop(found.handle, grace_seconds=DEFAULT_STOP_GRACE_SECONDS)
        await executor.remove(found.handle)
        await self._bridge.call(mark_removed, found.key)

    def _decide(self, standing: Standing, since: datetime | None) -> tuple[bool, str]:
        if standing is Standing.LIVE:
            return False, "its job goes on"
        if standing is Standing.CLEARING:
            return False, "a worker is clearing it up"
        if standing is Standing.OVER:
            if app_settings().remove_containers or self._options.all_finished:
                return True, "its job is over"
            return False, "its job is over; remove_containers is off (--all-finished removes it)"
        if since is not None and datetime.now(UTC) - since < self._options.grace:
            return False, f"unknown to the database, but younger than {self._options.grace.total_seconds():g} s"
        return True, "unknown to the database"


async def _since(executor: Executor, found: Found) -> datetime | None:
    """Return since when an attempt has been running or over; a list may not tell, so it is asked for by itself."""
    match await executor.outcome(found.handle):
        case Exited(finished_at=finished_at, started_at=started_at):
            return finished_at or started_at
        case Running(started_at=started_at):
            return started_at
        case Prepared() | Lost():
            return None
