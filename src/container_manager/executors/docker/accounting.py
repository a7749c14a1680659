"""What attempts used: read exactly from their cgroups where we share them with the engine, sampled elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, TypeVar

from container_manager.executors.base import Usage, UsageSource
from container_manager.executors.docker import cgroup, wire
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineError

SAMPLE_SECONDS: Final = 2.0

Number = TypeVar("Number", int, float)

_REMOVE_TRIES: Final = 20
_REMOVE_PAUSE_SECONDS: Final = 0.05


class Accounting:
    """Usage of the attempts of one engine."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._sampler = Sampler(engine)
        self._hierarchy: cgroup.Hierarchy | None = None
        self._was_asked = False
        self._shared: bool | None = None

    async def prepare(self, name: str) -> str | None:
        """Make the attempt's parent group and return its path for the engine, ``None`` where it can have none."""
        hierarchy = await self._find_hierarchy()
        if hierarchy is None or self._shared is False:
            return None
        if not await asyncio.to_thread(cgroup.make, hierarchy, name):
            self._shared = False
            return None
        return cgroup.parent_of(name)

    async def started(self, name: str, container_id: str) -> None:
        """Take notice of a started attempt: prove that its group is ours to read, or begin to sample it."""
        hierarchy = await self._find_hierarchy()
        if hierarchy is not None and self._shared is None:
            self._shared = await asyncio.to_thread(cgroup.holds, hierarchy, name, container_id)
            if not self._shared:
                await asyncio.to_thread(cgroup.remove, hierarchy, name)
        if not (hierarchy and self._shared):
            self._sampler.track(name)

    async def found_running(self, name: str) -> None:
        """Take notice of an attempt that somebody else started: sample it if it has no group of its own."""
        hierarchy = await self._find_hierarchy()
        if hierarchy is None or not await asyncio.to_thread(hierarchy.every, name):
            self._sampler.track(name)

    async def usage(self, container: wire.Container) -> Usage:
        """Return what a container that is over has used."""
        name = container.name.removeprefix("/")
        hierarchy = await self._find_hierarchy()
        if hierarchy is not None and container.host_config.cgroup_parent == cgroup.parent_of(name):
            exact = await asyncio.to_thread(hierarchy.usage, name)
            if exact.source is UsageSource.EXACT:
                return exact
        return self._sampler.usage(name)

    async def forget(self, name: str) -> None:
        """Remove the attempt's group. The engine's own group in it may take a moment to go."""
        self._sampler.forget(name)
        hierarchy = await self._find_hierarchy()
        if hierarchy is None:
            return
        for _ in range(_REMOVE_TRIES):
            if await asyncio.to_thread(cgroup.remove, hierarchy, name):
                return
            await asyncio.sleep(_REMOVE_PAUSE_SECONDS)

    async def close(self) -> None:
        """Stop sampling."""
        await self._sampler.close()

    async def _find_hierarchy(self) -> cgroup.Hierarchy | None:
        if not self._was_asked and self._engine.endpoint.socket_path is not None:
            info = await self._engine.info()
            self._hierarchy = cgroup.hierarchy_of(info.cgroup_driver, info.cgroup_version)
        self._was_asked = True
        return self._hierarchy


class Sampler:
    """Asks the engine now and then what running attempts use; one task for all of them."""

    def __init__(self, engine: EngineClient, *, pause_seconds: float = SAMPLE_SECONDS) -> None:
        self._engine = engine
        self._pause_seconds = pause_seconds
        self._tracked: set[str] = set()
        self._seen: dict[str, Usage] = {}
        self._task: asyncio.Task[None] | None = None

    def track(self, name: str) -> None:
        """Sample this attempt while it runs."""
        self._tracked.add(name)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._sample_all(), name="sample usage")

    def usage(self, name: str) -> Usage:
        """Return the largest figures seen."""
        return self._seen.get(name, Usage())

    def forget(self, name: str) -> None:
        """Drop the attempt."""
        self._tracked.discard(name)
        self._seen.pop(name, None)

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _sample_all(self) -> None:
        while self._tracked:
            for name in sorted(self._tracked):
                await self._sample(name)
            await asyncio.sleep(self._pause_seconds)

    async def _sample(self, name: str) -> None:
        try:
            stats = await self._engine.stats(name)
        except EngineError:
            # A sample that cannot be had is none; the reconciling list finds out what is wrong.
            self._tracked.discard(name)
            return
        sample = usage_of(stats)
        if sample.source is UsageSource.NONE:
            self._tracked.discard(name)
        elif name in self._tracked:
            self._seen[name] = larger(self._seen.get(name, Usage()), sample)


def usage_of(stats: wire.Stats) -> Usage:
    """Return what one sample says; nothing for a container that does not run."""
    memory = stats.memory_stats
    if not memory.usage:
        return Usage()
    # cgroup v1 has its own high-water mark; on v2 the page cache that can be dropped at will is not counted.
    peak = memory.max_usage or memory.usage - (memory.stats or {}).get("inactive_file", 0)
    nanoseconds = stats.cpu_stats.cpu_usage.total_usage
    return Usage(
        peak_memory_bytes=peak,
        cpu_seconds=None if nanoseconds is None else nanoseconds / 1_000_000_000,
        source=UsageSource.SAMPLED,
    )


def larger(first: Usage, second: Usage) -> Usage:
    """Return the larger of each figure of two samples."""
    return Usage(
        peak_memory_bytes=_larger(first.peak_memory_bytes, second.peak_memory_bytes),
        cpu_seconds=_larger(first.cpu_seconds, second.cpu_seconds),
        source=UsageSource.SAMPLED,
    )


def _larger(first: Number | None, second: Number | None) -> Number | None:
    known = [figure for figure in (first, second) if figure is not None]
    return max(known) if known else None
