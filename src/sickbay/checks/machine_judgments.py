"""Disks and memory, judged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sickbay.checks.finding import Finding, problem, unmeasured, warning, well
from sickbay.safety.outcome import NotMeasured
from sickbay.safety.stops import LEAST_DISK_FREE, MOST_MEMORY_PRESSURE

FULL = "disk-full"
NO_INODES = "disk-inodes-exhausted"
NO_MEMORY = "host-memory-exhausted"

GB = 1024**3
MB = 1024**2

#: A disk with less than this share and this much free is told of before it is full.
SOON_FULL = 0.05
SOON_FULL_BYTES = 5 * GB

#: Shares of the machine's memory that are available.
LEAST_MEMORY = 0.02
LITTLE_MEMORY = 0.05

#: Percent of the last ten seconds in which everything waited for memory.
MUCH_PRESSURE = 10.0


@dataclass(frozen=True, kw_only=True)
class DiskReading:
    """One file system: what is kept there, and how much of it this user could still fill. Sizes in bytes.

    Without ``inodes`` it has no fixed number of files.
    """

    path: str
    holds: tuple[str, ...]
    size: int
    free: int
    inodes: int = 0
    inodes_free: int = 0


@dataclass(frozen=True, kw_only=True)
class MemoryReading:
    """The machine's memory in bytes, and its pressure in percent; ``None`` is what the kernel does not tell."""

    size: int | None = None
    available: int | None = None
    pressure: float | None = None


def judge_disks(disks: Sequence[DiskReading]) -> Finding:
    """Say whether there is room, for bytes and for files."""
    if not disks:
        return unmeasured(NotMeasured.UNREACHABLE, "no folder of interest can be looked at")
    full = [disk for disk in disks if _share(disk.free, disk.size) < LEAST_DISK_FREE]
    if full:
        return problem(
            "A disk is full",
            evidence=tuple(_room(disk) for disk in full),
            advice="Look what fills it: df -h, du -xh --max-depth=2, docker system df",
            cause=FULL,
        )
    crowded = [disk for disk in disks if disk.inodes and _share(disk.inodes_free, disk.inodes) < LEAST_DISK_FREE]
    if crowded:
        return problem(
            "A file system has no room for more files",
            evidence=tuple(f"{disk.path}: {disk.inodes_free:,} of {disk.inodes:,} inodes are free" for disk in crowded),
            advice="Look which folder holds so many: du --inodes -x --max-depth=2",
            cause=NO_INODES,
        )
    soon = [disk for disk in disks if _share(disk.free, disk.size) < SOON_FULL and disk.free < SOON_FULL_BYTES]
    if soon:
        return warning(
            "A disk is nearly full",
            evidence=tuple(_room(disk) for disk in soon),
            advice="Make room before it is full: docker system df shows what the engine could give back.",
            cause=FULL,
        )
    least = min(disks, key=lambda disk: _share(disk.free, disk.size))
    return well(f"{_share(least.free, least.size):.0%} free or more ({_names(disks)})")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _room(disk: DiskReading) -> str:
    return f"{disk.path}: {_size(disk.free)} of {_size(disk.size)} are free; it holds {', '.join(disk.holds)}"


def _names(disks: Sequence[DiskReading]) -> str:
    return ", ".join(name for disk in disks for name in disk.holds)


def _size(number: int) -> str:
    return f"{number / GB:.1f} GB" if number >= GB else f"{number / MB:.0f} MB"


def judge_memory(reading: MemoryReading) -> Finding:
    """Say whether there is memory left. The kernel's pressure tells it; where it does not, what is available."""
    share = None if not reading.size or reading.available is None else reading.available / reading.size
    if share is None and reading.pressure is None:
        return unmeasured(NotMeasured.UNREACHABLE, "this kernel tells neither pressure nor what is available")
    evidence = tuple(_memory_lines(reading))
    advice = "Look what holds it: ps -eo rss,comm --sort=-rss | head; give jobs memory limits."
    if (reading.pressure or 0.0) > MOST_MEMORY_PRESSURE or (share is not None and share < LEAST_MEMORY):
        return problem("This machine has no memory left", evidence=evidence, advice=advice, cause=NO_MEMORY)
    if (reading.pressure or 0.0) > MUCH_PRESSURE or (share is not None and share < LITTLE_MEMORY):
        return warning("Memory is short on this machine", evidence=evidence, advice=advice, cause=NO_MEMORY)
    return well("; ".join(evidence))


def _memory_lines(reading: MemoryReading) -> list[str]:
    lines = []
    if reading.size and reading.available is not None:
        lines.append(f"{_size(reading.available)} of {_size(reading.size)} are available")
    if reading.pressure is not None:
        lines.append(f"everything waited for memory {reading.pressure:.0f} % of the time")
    return lines
