"""Exact accounting: a parent cgroup of its own for each attempt.

The kernel keeps the parent's high-water marks after the container and its own cgroup are gone. This works where worker
and engine share the machine's cgroup tree. Whether they do is proved by the container showing up beneath the group that
was named for it, never guessed.

Two drivers make cgroups for engines. With ``cgroupfs`` the parent is a directory that we make and remove. With
``systemd`` it is the name of a slice: systemd makes it with the container's scope, keeps it when that has ended, and is
asked to stop it at the end.

Throttling is counted by each group for its own CPU limit only, so a parent without one has nothing to tell. Ours is
given the container's limit over half the period: it is the one that is reached, and the container keeps its own, which
programs look at to see how many processors they have.

On cgroup v1 the count of OOM kills is not hierarchical, so the parent's says nothing: it is left out there. The
engine's own flag is what tells (on v1 it is set by the kernel's notification and includes children), and where it is
not set though the memory was all used, the kernel's log: the engine misses the notification when the container's group
is gone before it looks, which on a busy machine happens to one in sixty that end at once. What went to and from disks
is lost there with the container's own group; the largest sample stands for it, and is marked so.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from container_manager.executors import kernel_files
from container_manager.executors.base import Sample, Usage, UsageSource

CGROUP_ROOT: Final = Path("/sys/fs/cgroup")
GROUP: Final = "sickbay"

#: Half of what engines use, so that the parent's limit is reached before the container's own.
PERIOD_MICROSECONDS: Final = 50_000
_LEAST_QUOTA_MICROSECONDS: Final = 1000

_STOP_SECONDS: Final = 10.0

#: The trees of version 1 in which a parent is made, the one with memory first.
_TREES: Final = ("memory", "cpuacct", "cpu", "pids", "blkio")


class Driver(Protocol):
    """How an engine's parents are called and where they lie."""

    @property
    def makes_groups(self) -> bool:
        """Whether we make the groups ourselves."""
        ...

    def parent_of(self, name: str) -> str:
        """Return the parent as the engine is told it."""
        ...

    def path_of(self, name: str) -> str:
        """Return where the parent lies below a tree's root."""
        ...


@dataclass(frozen=True)
class Cgroupfs:
    """Parents are paths."""

    makes_groups: bool = True

    def parent_of(self, name: str) -> str:
        """Return the parent as the engine is told it."""
        return f"/{GROUP}/{name}"

    def path_of(self, name: str) -> str:
        """Return where the parent lies below a tree's root."""
        return f"{GROUP}/{name}"


@dataclass(frozen=True)
class Systemd:
    """Parents are slices. A dash in a slice's name makes a level of the tree, so only one is kept."""

    makes_groups: bool = False

    def parent_of(self, name: str) -> str:
        """Return the parent as the engine is told it."""
        return f"{GROUP}-{name.removeprefix(f'{GROUP}-').replace('-', '_')}.slice"

    def path_of(self, name: str) -> str:
        """Return where the parent lies below a tree's root."""
        return f"{GROUP}.slice/{self.parent_of(name)}"


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """Where the parents of one engine lie, and what their files say."""

    version: int
    driver: Driver
    root: Path = CGROUP_ROOT

    def accounting(self, name: str) -> tuple[Path, ...]:
        """Return the directories whose files are read; the first one holds memory."""
        path = self.driver.path_of(name)
        if self.version == 2:
            return (self.root / path,)
        # A tree that this machine does not mount is nothing to make directories in.
        trees = [tree for tree in _TREES if tree == "memory" or (self.root / tree).is_dir()]
        return tuple(self.root / tree / path for tree in trees)

    def every(self, name: str) -> tuple[Path, ...]:
        """Return all directories that exist for a group, also those which only the engine makes."""
        pattern = self.driver.path_of(name)
        return tuple(sorted(self.root.glob(pattern if self.version == 2 else f"*/{pattern}")))

    def places(self, name: str) -> Sequence[Path]:
        """Return where a group may be, in every tree."""
        path = self.driver.path_of(name)
        return [self.root / path] if self.version == 2 else [tree / path for tree in self.root.iterdir()]

    def usage(self, name: str) -> Usage:
        """Return what the group used so far; all ``None`` where nothing ever ran in it."""
        groups = self.accounting(name)
        figures = kernel_files.group_figures(map(str, groups))
        # Version 2 has no peak before Linux 5.19; there, time spent is the sign that something ran.
        if not figures.get("peak_memory_bytes", figures.get("cpu_nanoseconds") if self.version == 2 else 0):
            return Usage()
        # What only counts for a limit of its own says nothing where the parent has none.
        throttling = figures if figures.get("cpu_periods") and self.driver.makes_groups else {}
        moved: Mapping[str, int] = figures if self.version == 2 else {}
        return Usage(
            peak_memory_bytes=figures.get("peak_memory_bytes"),
            cpu_seconds=_seconds(figures.get("cpu_nanoseconds")),
            oom_kills=figures.get("oom_kills") if self.version == 2 else None,
            throttled_seconds=_seconds(throttling.get("throttled_nanoseconds")),
            throttled_periods=throttling.get("throttled_periods"),
            cpu_periods=throttling.get("cpu_periods"),
            io_read_bytes=moved.get("io_read_bytes"),
            io_write_bytes=moved.get("io_write_bytes"),
            pids_peak=figures.get("pids_peak"),
            source=UsageSource.EXACT,
        )

    def sample(self, name: str) -> tuple[Sample, Usage] | None:
        """Return what runs in the group now, and what can only be had while it does; ``None`` where nothing runs."""
        groups = [str(group) for group in self.accounting(name)]
        now = kernel_files.group_sample(groups)
        if not now.get("pids", 1) or not now:
            return None
        moved = kernel_files.group_figures(groups) if self.version == 1 else {}
        held = {} if self.driver.makes_groups else kernel_files.group_figures(_below(groups))
        passing = Usage(
            throttled_seconds=_seconds(held.get("throttled_nanoseconds")),
            throttled_periods=held.get("throttled_periods"),
            cpu_periods=held.get("cpu_periods"),
            io_read_bytes=moved.get("io_read_bytes"),
            io_write_bytes=moved.get("io_write_bytes"),
            pids_peak=now.get("pids"),
            source=UsageSource.SAMPLED,
        )
        seconds = _seconds(now.get("cpu_nanoseconds"))
        return Sample(memory_bytes=now.get("memory_bytes"), cpu_seconds=seconds, pids=now.get("pids")), passing


def hierarchy_of(driver: str, version: str, root: Path = CGROUP_ROOT) -> Hierarchy | None:
    """Return the hierarchy for an engine's driver and version, ``None`` where it has no groups of ours."""
    known: Mapping[str, Driver] = {"cgroupfs": Cgroupfs(), "systemd": Systemd()}
    if driver not in known:
        return None
    return Hierarchy(version=2 if version == "2" else 1, driver=known[driver], root=root)


def make(hierarchy: Hierarchy, name: str, cpus: float | None = None) -> bool:
    """Make the group, with a CPU limit to count throttling by; ``False`` where this process may not.

    Where systemd makes the groups there is nothing to do before the container starts.
    """
    if not hierarchy.driver.makes_groups:
        return True
    try:
        for directory in hierarchy.accounting(name):
            directory.parent.mkdir(parents=True, exist_ok=True)
            if hierarchy.version == 2:
                _hand_on(hierarchy.root, directory.parent)
            directory.mkdir(exist_ok=True)
            if cpus is not None:
                _limit(directory, cpus)
    except OSError:
        remove(hierarchy, name)
        return False
    return True


def holds(hierarchy: Hierarchy, name: str, container_id: str) -> bool:
    """Whether the container runs, or ran, beneath this group: the proof that we see the engine's own cgroups."""
    memory = hierarchy.accounting(name)[0]
    runs = any((memory / below).is_dir() for below in own_names(container_id))
    return runs or hierarchy.usage(name).source is UsageSource.EXACT


def own_names(container_id: str) -> Set[str]:
    """Return how the engine may call a container's own group, which lies beneath its attempt's."""
    return {container_id, f"docker-{container_id}.scope"}


def remove(hierarchy: Hierarchy, name: str) -> bool:
    """Remove the group everywhere; ``False`` where something is still in it."""
    if not hierarchy.driver.makes_groups:
        return not hierarchy.every(name) or _stop_slice(hierarchy.driver.parent_of(name))
    left = [directory for directory in hierarchy.places(name) if not _is_removed(directory)]
    return not left


def end_processes(hierarchy: Hierarchy, name: str) -> None:
    """Kill what is left in the groups of an attempt whose container is removed.

    An engine that is killed while it starts a container leaves the beginnings of one behind (``runc init``), and knows
    nothing of it when it is back.
    """
    if not hierarchy.driver.makes_groups:
        return
    for directory in hierarchy.accounting(name):
        for listed in directory.rglob("cgroup.procs"):
            with contextlib.suppress(OSError, ValueError):
                for pid in listed.read_text().split():
                    os.kill(int(pid), signal.SIGKILL)


def _is_removed(directory: Path) -> bool:
    """Remove one group, with those of the engine in it, where it is there."""
    try:
        directory.rmdir()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        with contextlib.suppress(OSError):
            for below in directory.iterdir():
                if below.is_dir():
                    below.rmdir()
        with contextlib.suppress(OSError):
            directory.rmdir()
        return not directory.exists()
    return True


def _below(groups: Sequence[str]) -> list[str]:
    """Return the groups of what runs in these: the container's own."""
    return [str(below) for group in groups for below in Path(group).glob("*/")]


def _hand_on(*directories: Path) -> None:
    """Let what lies below be counted and limited, as far as the kernel has it and allows it."""
    for directory in directories:
        for controller in ("memory", "cpu", "pids", "io"):
            with contextlib.suppress(OSError):
                (directory / "cgroup.subtree_control").open("r+").close()  # never made where it is no cgroup
                (directory / "cgroup.subtree_control").write_text(f"+{controller}")


def _limit(directory: Path, cpus: float) -> None:
    """Write the limit where the group has such files. A container's share must not be larger than its parent's."""
    quota = max(_LEAST_QUOTA_MICROSECONDS, math.ceil(cpus * PERIOD_MICROSECONDS))
    if (directory / "cpu.max").exists():
        (directory / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
    if (directory / "cpu.cfs_quota_us").exists():
        (directory / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
        (directory / "cpu.cfs_quota_us").write_text(str(quota))


def _stop_slice(unit: str) -> bool:
    """Have systemd stop an empty slice. One that it does not stop costs a line in its list, and nothing is held up."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        command = ["systemctl", "--no-ask-password", "stop", unit]
        subprocess.run(command, capture_output=True, timeout=_STOP_SECONDS, check=False)  # noqa: S603  our own words
    return True


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1_000_000_000
