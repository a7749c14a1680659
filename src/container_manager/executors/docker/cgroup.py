"""Exact accounting: a parent cgroup of its own for each attempt.

The kernel keeps the parent's high-water marks after the container and its own cgroup are gone. This works where worker
and engine share the machine's cgroup tree and the engine's driver is ``cgroupfs``. Whether they do share is proved by
the container showing up beneath a group that *we* made, never guessed.

On cgroup v1 the count of OOM kills is not hierarchical, so the parent's says nothing: it is left out there, and the
engine's own flag is what tells (on v1 it is set by the kernel's notification and includes children).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from container_manager.executors.base import Usage, UsageSource

CGROUP_ROOT: Final = Path("/sys/fs/cgroup")
GROUP: Final = "sickbay"


class Hierarchy(Protocol):
    """One version of cgroups: where a group lies, and which files say what it used."""

    def accounting(self, name: str) -> tuple[Path, ...]:
        """Return the directories whose files are read; the first one holds memory."""
        ...

    def every(self, name: str) -> tuple[Path, ...]:
        """Return all directories that exist for a group, also those which only the engine makes."""
        ...

    def usage(self, name: str) -> Usage:
        """Return what the group used so far; all ``None`` where nothing ever ran in it."""
        ...


@dataclass(frozen=True, kw_only=True)
class VersionOne:
    """One tree per controller."""

    root: Path = CGROUP_ROOT

    def accounting(self, name: str) -> tuple[Path, ...]:
        """Return the directories whose files are read; the first one holds memory."""
        return tuple(self.root / controller / GROUP / name for controller in ("memory", "cpuacct"))

    def every(self, name: str) -> tuple[Path, ...]:
        """Return all directories that exist for a group, also those which only the engine makes."""
        return tuple(sorted(self.root.glob(f"*/{GROUP}/{name}")))

    def usage(self, name: str) -> Usage:
        """Return what the group used so far; all ``None`` where nothing ever ran in it."""
        memory, cpuacct = self.accounting(name)
        peak = _number(memory / "memory.max_usage_in_bytes")
        if not peak:
            return Usage()
        nanoseconds = _number(cpuacct / "cpuacct.usage")
        seconds = None if nanoseconds is None else nanoseconds / 1_000_000_000
        return Usage(peak_memory_bytes=peak, cpu_seconds=seconds, source=UsageSource.EXACT)


@dataclass(frozen=True, kw_only=True)
class VersionTwo:
    """One tree for all controllers."""

    root: Path = CGROUP_ROOT

    def accounting(self, name: str) -> tuple[Path, ...]:
        """Return the directories whose files are read; the first one holds memory."""
        return (self.root / GROUP / name,)

    def every(self, name: str) -> tuple[Path, ...]:
        """Return all directories that exist for a group, also those which only the engine makes."""
        return tuple(path for path in self.accounting(name) if path.is_dir())

    def usage(self, name: str) -> Usage:
        """Return what the group used so far; all ``None`` where nothing ever ran in it."""
        [group] = self.accounting(name)
        peak = _number(group / "memory.peak")
        microseconds = _keyed(group / "cpu.stat").get("usage_usec")
        # Kernels before 5.19 have no peak; there, time spent is the sign that something ran.
        if not (microseconds if peak is None else peak):
            return Usage()
        return Usage(
            peak_memory_bytes=peak,
            cpu_seconds=None if microseconds is None else microseconds / 1_000_000,
            oom_kills=_keyed(group / "memory.events").get("oom_kill"),
            source=UsageSource.EXACT,
        )


def hierarchy_of(driver: str, version: str, root: Path = CGROUP_ROOT) -> Hierarchy | None:
    """Return the hierarchy for an engine's driver and version, ``None`` where it has no groups of ours."""
    if driver != "cgroupfs":
        return None
    return VersionTwo(root=root) if version == "2" else VersionOne(root=root)


def parent_of(name: str) -> str:
    """Return a group's path as the engine is told it."""
    return f"/{GROUP}/{name}"


def make(hierarchy: Hierarchy, name: str) -> bool:
    """Make the group; ``False`` where this process may not."""
    try:
        for directory in hierarchy.accounting(name):
            directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        remove(hierarchy, name)
        return False
    return True


def holds(hierarchy: Hierarchy, name: str, container_id: str) -> bool:
    """Whether the container runs, or ran, beneath this group: the proof that we see the engine's own cgroups."""
    memory = hierarchy.accounting(name)[0]
    return (memory / container_id).is_dir() or hierarchy.usage(name).source is UsageSource.EXACT


def remove(hierarchy: Hierarchy, name: str) -> bool:
    """Remove the group everywhere; ``False`` where something is still in it."""
    for directory in hierarchy.every(name):
        with contextlib.suppress(OSError):
            for below in directory.iterdir():
                if below.is_dir():
                    below.rmdir()
        with contextlib.suppress(OSError):
            directory.rmdir()
    return not hierarchy.every(name)


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def _keyed(path: Path) -> dict[str, int]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split() for line in lines)
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}
