"""Control groups of one attempt: where they can be made, their limits, their removal.

Version 1 has one tree per controller, version 2 one for all. Groups are made beneath the worker's own position, in
both cases, so that limits set on the worker hold for what it runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from container_manager.executors.process.shim import kernel

#: The folder beneath the worker's own position in which attempts have theirs.
FOLDER = "sickbay-process"

#: Whose limits we set.
LIMITING = frozenset({"memory", "cpu", "pids"})

#: What only counts: CPU time in version 1, and what goes from and to disks.
COUNTING = frozenset({"cpuacct", "blkio", "io"})

_PERIOD_MICROSECONDS = 100_000
_REMOVE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one attempt may use; ``None`` is without limit."""

    memory_bytes: int | None = None
    cpus: float | None = None
    pids: int | None = None


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """Where groups can be made: for each controller the directory beneath which."""

    version: int
    positions: dict[str, Path]

    @property
    def controllers(self) -> frozenset[str]:
        """The controllers whose limits can be set."""
        return LIMITING & self.positions.keys()

    def group_paths(self, name: str) -> tuple[str, ...]:
        """The directories that an attempt's group has, one for each tree."""
        return tuple(dict.fromkeys(str(position / FOLDER / name) for position in self.positions.values()))


def mounted_positions(mountinfo: str, own_groups: str) -> tuple[dict[str, Path], Path | None]:
    """Return this process's place in each version 1 tree, and in the version 2 tree."""
    own = dict(_own_groups(own_groups))
    first: dict[str, Path] = {}
    second: Path | None = None
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        root, mount_point = left.split()[3:5]
        kind, _, options = right.split()[:3]
        if kind == "cgroup2" and "" in own:
            second = _inside(mount_point, root, own[""])
        elif kind == "cgroup":
            places = {name: _inside(mount_point, root, own[name]) for name in options.split(",") if name in own}
            first.update(places)
    return first, second


def find_hierarchy(mountinfo: str, own_groups: str) -> Hierarchy | None:
    """Return where groups can be made here, ``None`` where they cannot."""
    first, second = mounted_positions(mountinfo, own_groups)
    writable = {
        name: place for name, place in first.items() if name in LIMITING | COUNTING and os.access(place, os.W_OK)
    }
    if "memory" in writable:
        return Hierarchy(version=1, positions=writable)
    # In version 2 a group that holds processes gives its children no controllers, so its parent may have to serve.
    for place in (second, second.parent) if second is not None else ():
        handed_on = (LIMITING | COUNTING) & set(kernel.read_text(f"{place}/cgroup.subtree_control").split())
        if "memory" in handed_on and os.access(place, os.W_OK) and os.access(place / "cgroup.procs", os.W_OK):
            return Hierarchy(version=2, positions=dict.fromkeys(sorted(handed_on), place))
    return None


def make_groups(hierarchy: Hierarchy, name: str, limits: Limits) -> None:
    """Make an attempt's groups with their limits. Raises ``OSError``, and may have made some by then."""
    for path in map(Path, hierarchy.group_paths(name)):
        _make_directory(path)
        for file, value in _settings(hierarchy.version, limits):
            if (path / file).exists():
                (path / file).write_text(value)


def remove_groups(paths: Sequence[str]) -> None:
    """Kill what lives in these groups and remove them. Raises ``OSError`` when one cannot be emptied."""
    for path in map(Path, paths):
        deadline = time.monotonic() + _REMOVE_SECONDS
        while path.exists():
            kernel.kill_groups([str(path)])
            try:
                path.rmdir()
            except FileNotFoundError:
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        try:
            path.parent.rmdir()
        except OSError:  # other attempts have theirs in it
            continue


def _own_groups(text: str) -> list[tuple[str, str]]:
    lines = (line.split(":", 2) for line in text.splitlines())
    return [(name, path) for _, names, path in lines for name in names.split(",")]


def _inside(mount_point: str, root: str, path: str) -> Path:
    # Inside a container the tree's visible root is a part of the real one, and our path may be told from the real one.
    if root != "/" and (path + "/").startswith(root + "/"):
        path = path[len(root) :]
    return Path(mount_point) / path.lstrip("/")


def _make_directory(path: Path) -> None:
    while True:
        try:
            path.parent.mkdir(exist_ok=True)
            if (path.parent / "cgroup.subtree_control").exists():
                handed_on = kernel.read_text(f"{path.parent}/cgroup.controllers").split()
                wanted = " ".join(f"+{name}" for name in handed_on if name in LIMITING | COUNTING)
                (path.parent / "cgroup.subtree_control").write_text(wanted)
            path.mkdir(exist_ok=True)
        except FileNotFoundError:  # the last attempt before this one just removed the folder
            if not path.parent.parent.exists():
                raise
        else:
            return


def _settings(version: int, limits: Limits) -> list[tuple[str, str]]:
    settings: list[tuple[str, str]] = []
    if limits.memory_bytes is not None:
        memory = str(limits.memory_bytes)
        one = [("memory.limit_in_bytes", memory), ("memory.memsw.limit_in_bytes", memory)]
        settings += one if version == 1 else [("memory.max", memory), ("memory.swap.max", "0")]
    if limits.cpus is not None:
        quota = max(1000, round(limits.cpus * _PERIOD_MICROSECONDS))
        one = [("cpu.cfs_period_us", str(_PERIOD_MICROSECONDS)), ("cpu.cfs_quota_us", str(quota))]
        settings += one if version == 1 else [("cpu.max", f"{quota} {_PERIOD_MICROSECONDS}")]
    if limits.pids is not None:
        settings.append(("pids.max", str(limits.pids)))
    return settings
