"""What attempts used: read exactly from their cgroups where we share them with the engine, sampled elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from container_manager.executors.base import Handle, Sample, Usage, UsageSource
from container_manager.executors.docker import cgroup, wire
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineConflictError, EngineNotFoundError
from container_manager.executors.docker.observation import has_used_up_memory
from container_manager.executors.kernel_log import oom_kills

Number = TypeVar("Number", int, float)

_REMOVE_TRIES: Final = 20
_REMOVE_PAUSE_SECONDS: Final = 0.05

#: Questions at once about containers whose groups cannot be read; more only queue inside the engine.
_QUESTIONS: Final = 4

_FIGURES: Final = tuple(field.name for field in fields(Usage) if field.name not in {"source", "sampled"})


class Accounting:
    """Usage of the attempts of one engine."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._seen: dict[str, Usage] = {}
        self._hierarchy: cgroup.Hierarchy | None = None
        self._was_asked = False
        self._shared: bool | None = None

    async def prepare(self, name: str, cpus: float | None = None) -> str | None:
        """Make the attempt's parent group, with its CPU limit, and return what the engine is to be told of it.

        Returns ``None`` where it can have none.
        """
        hierarchy = await self._find_hierarchy()
        if hierarchy is None or self._shared is False:
            return None
        if not await asyncio.to_thread(cgroup.make, hierarchy, name, cpus):
            self._shared = False
            return None
        return hierarchy.driver.parent_of(name)

    async def started(self, name: str, container_id: str) -> None:
        """Take notice of a started attempt: prove that its group is ours to read."""
        hierarchy = await self._find_hierarchy()
        if hierarchy is not None and self._shared is None:
            self._shared = await asyncio.to_thread(cgroup.holds, hierarchy, name, container_id)
            if not self._shared:
                await asyncio.to_thread(cgroup.remove, hierarchy, name)

    async def sees(self, container: wire.Container) -> bool:
        """Whether the container is in a group of its attempt's that we can read."""
        hierarchy = await self._find_hierarchy()
        if hierarchy is None or self._shared is False:
            return False
        return container.host_config.cgroup_parent == hierarchy.driver.parent_of(container.name.removeprefix("/"))

    async def may_have_run(self, name: str) -> bool:
        """Whether something ran in the attempt's group; ``False`` where that cannot be seen."""
        hierarchy = await self._find_hierarchy()
        if hierarchy is None:
            return False
        usage = await asyncio.to_thread(hierarchy.usage, name)
        return usage.source is UsageSource.EXACT

    async def sample(self, names: Collection[str]) -> Mapping[Handle, Sample]:
        """Measure what these attempts use now: in one pass over files, and of those that have none by asking."""
        hierarchy = await self._find_hierarchy()
        found: dict[str, tuple[Sample, Usage]] = {}
        if hierarchy is not None:
            found = await asyncio.to_thread(_sample_groups, hierarchy, tuple(names))
        slots = asyncio.Semaphore(_QUESTIONS)
        unread = [name for name in names if name not in found]
        if unread and (hierarchy is None or not self._shared):
            asked = await asyncio.gather(*(self._ask(name, slots) for name in unread))
            found |= {name: answer for name, answer in zip(unread, asked, strict=True) if answer is not None}
        for name, (_, usage) in found.items():
            self._seen[name] = larger(self._seen.get(name, Usage()), usage)
        return {name: sample for name, (sample, _) in found.items()}

    async def usage(self, container: wire.Container) -> Usage:
        """Return what a container that is over has used."""
        name = container.name.removeprefix("/")
        seen = self._seen.get(name, Usage())
        hierarchy = await self._find_hierarchy()
        if hierarchy is not None and container.host_config.cgroup_parent == hierarchy.driver.parent_of(name):
            exact = await asyncio.to_thread(hierarchy.usage, name)
            if exact.source is UsageSource.EXACT:
                # Where the count is gone with the container's own group, the kernel's log may tell.
                if exact.oom_kills is None and has_used_up_memory(container, exact):
                    exact = replace(exact, oom_kills=await asyncio.to_thread(oom_kills, cgroup.own_names(container.id)))
                return completed(exact, seen)
        return seen

    async def forget(self, name: str) -> None:
        """Remove the attempt's group, once its container is gone. The engine's own group in it may take a moment to go.

        What it leaves there all the same is ended.
        """
        self._seen.pop(name, None)
        hierarchy = await self._find_hierarchy()
        if hierarchy is None:
            return
        for tries in range(_REMOVE_TRIES):
            if await asyncio.to_thread(cgroup.remove, hierarchy, name):
                return
            if tries >= _REMOVE_TRIES // 2:
                await asyncio.to_thread(cgroup.end_processes, hierarchy, name)
            await asyncio.sleep(_REMOVE_PAUSE_SECONDS)

    async def _ask(self, name: str, slots: asyncio.Semaphore) -> tuple[Sample, Usage] | None:
        async with slots:
            try:
                stats = await self._engine.stats(name)
            except (EngineNotFoundError, EngineConflictError):
                return None
        usage = usage_of(stats)
        return None if usage.source is UsageSource.NONE else (sample_of(stats), usage)

    async def _find_hierarchy(self) -> cgroup.Hierarchy | None:
        if not self._was_asked and self._engine.endpoint.socket_path is not None:
            info = await self._engine.info()
            self._hierarchy = cgroup.hierarchy_of(info.cgroup_driver, info.cgroup_version)
        self._was_asked = True
        return self._hierarchy


def _sample_groups(hierarchy: cgroup.Hierarchy, names: Sequence[str]) -> dict[str, tuple[Sample, Usage]]:
    samples = {name: hierarchy.sample(name) for name in names}
    return {name: sample for name, sample in samples.items() if sample is not None}


def sample_of(stats: wire.Stats) -> Sample:
    """Return what one answer says of this moment."""
    nanoseconds = stats.cpu_stats.cpu_usage.total_usage
    return Sample(
        memory_bytes=_without_cache(stats.memory_stats),
        cpu_seconds=None if nanoseconds is None else nanoseconds / 1_000_000_000,
        pids=stats.pids_stats.current,
    )


def usage_of(stats: wire.Stats) -> Usage:
    """Return what one answer says of the use so far; nothing for a container that does not run."""
    memory = stats.memory_stats
    if not memory.usage:
        return Usage()
    cpu, throttling = stats.cpu_stats.cpu_usage.total_usage, stats.cpu_stats.throttling_data
    moved = {operation: _moved(stats, operation) for operation in ("read", "write")}
    limited = bool(throttling.periods)
    return Usage(
        # cgroup v1 has its own high-water mark; on v2 the page cache that can be dropped at will is not counted.
        peak_memory_bytes=memory.max_usage or _without_cache(memory),
        cpu_seconds=None if cpu is None else cpu / 1_000_000_000,
        throttled_seconds=throttling.throttled_time / 1_000_000_000 if limited else None,
        throttled_periods=throttling.throttled_periods if limited else None,
        cpu_periods=throttling.periods if limited else None,
        io_read_bytes=moved["read"],
        io_write_bytes=moved["write"],
        pids_peak=stats.pids_stats.current,
        source=UsageSource.SAMPLED,
    )


def completed(exact: Usage, sampled: Usage) -> Usage:
    """Return the exact figures, and where there is none the sampled one, marked as such."""
    names = [name for name in _FIGURES if getattr(exact, name) is None and getattr(sampled, name) is not None]
    return replace(exact, **{name: getattr(sampled, name) for name in names}, sampled=frozenset(names))


def larger(first: Usage, second: Usage) -> Usage:
    """Return the larger of each figure of two samples."""
    figures: dict[str, Any] = {name: _larger(getattr(first, name), getattr(second, name)) for name in _FIGURES}
    return Usage(**figures, source=UsageSource.SAMPLED)


def _without_cache(memory: wire.MemoryStats) -> int | None:
    if memory.usage is None:
        return None
    stats = memory.stats or {}
    return max(0, memory.usage - stats.get("total_inactive_file", stats.get("inactive_file", 0)))


def _moved(stats: wire.Stats, operation: str) -> int | None:
    entries = stats.blkio_stats.bytes_moved or []
    moved = [entry.value for entry in entries if entry.op.lower() == operation]
    return sum(moved) if moved else None


def _larger(first: Number | None, second: Number | None) -> Number | None:
    known = [figure for figure in (first, second) if figure is not None]
    return max(known) if known else None
