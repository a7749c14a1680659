"""Reading disks and memory. Changes nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sickbay.checks.check import Place
from sickbay.checks.finding import Finding
from sickbay.checks.machine_judgments import DiskReading, MemoryReading, judge_disks, judge_memory
from sickbay.checks.socket_judgments import Transport, engine_address
from sickbay.safety.engine_client import EngineUnreachableError, ReadOnlyEngine
from sickbay.safety.readings import read_machine

#: Where an engine keeps its images when it does not say otherwise.
_USUAL_ROOT = Path("/var/lib/docker")
_ROOT_SECONDS = 1.0
_MEMORY = Path("/proc/meminfo")


def look_at_disks(place: Place) -> Finding:
    """Look how full the file systems are that jobs and projects write to."""
    return judge_disks(list(read_disks(_folders(place))))


def look_at_memory(_: Place) -> Finding:
    """Look how much memory is left."""
    return judge_memory(read_memory())


def _folders(place: Place) -> Iterator[tuple[str, Path]]:
    yield "the project", place.folder
    yield "temporary files", Path(place.environment.get("TMPDIR") or tempfile.gettempdir())
    if (root := _engine_root(place)) is not None:
        yield "the engine's images", root


def _engine_root(place: Place) -> Path | None:
    """Return where the engine says it keeps things; where it says nothing, the usual folder."""
    address = engine_address(place.environment)
    if address.transport is not Transport.UNIX:
        return None
    try:
        answer = ReadOnlyEngine(Path(address.path)).ask("/info", seconds=_ROOT_SECONDS)
        told: Any = msgspec.json.decode(answer.body)
        return Path(told["DockerRootDir"])
    except (EngineUnreachableError, msgspec.DecodeError, KeyError, TypeError):
        return _USUAL_ROOT


def read_disks(folders: Iterator[tuple[str, Path]]) -> Iterator[DiskReading]:
    """Yield the file systems of these folders, each once. One that cannot be written to at all never fills up."""
    names: dict[int, list[str]] = {}
    found: dict[int, tuple[Path, os.statvfs_result]] = {}
    for name, folder in folders:
        try:
            device, disk = folder.stat().st_dev, os.statvfs(folder)
        except OSError:  # an engine in a machine of its own, a folder that may not be entered
            continue
        if disk.f_blocks and not disk.f_flag & os.ST_RDONLY:
            found.setdefault(device, (folder, disk))
            names.setdefault(device, []).append(name)
    for device, (folder, disk) in found.items():
        yield DiskReading(
            path=str(folder),
            holds=tuple(names[device]),
            size=disk.f_blocks * disk.f_frsize,
            free=disk.f_bavail * disk.f_frsize,
            inodes=disk.f_files,
            inodes_free=disk.f_favail,
        )


def read_memory() -> MemoryReading:
    """Read what the kernel tells."""
    try:
        table = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines() if ":" in line)
    except OSError:
        table = {}
    return MemoryReading(
        size=_bytes(table.get("MemTotal")),
        available=_bytes(table.get("MemAvailable")),
        pressure=read_machine(()).memory_pressure,
    )


def _bytes(given: str | None) -> int | None:
    words = (given or "").split()
    return int(words[0]) * 1024 if words and words[0].isdigit() else None
