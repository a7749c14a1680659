"""Reading the machine for the conditions that stop a session. Changes nothing, and waits for nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from sickbay.safety.stops import Readings

_PRESSURE = Path("/proc/pressure/memory")
_FULL = re.compile(r"^full avg10=([0-9.]+)", re.MULTILINE)


def read_machine(folders: Iterable[Path] = (Path("/"),)) -> Readings:
    """Read disks, memory pressure, and load. What cannot be read is ``None``."""
    return Readings(disk_free=_least_free(folders), memory_pressure=_memory_pressure(), load=_load())


def _least_free(folders: Iterable[Path]) -> float | None:
    shares = []
    for folder in folders:
        try:
            disk = os.statvfs(folder)
        except OSError:
            continue
        if disk.f_blocks:
            shares.append(disk.f_bavail / disk.f_blocks)
    return min(shares, default=None)


def _memory_pressure() -> float | None:
    try:
        found = _FULL.search(_PRESSURE.read_text())
    except OSError:  # a kernel without these figures, or with them switched off
        return None
    return float(found.group(1)) if found else None


def _load() -> float | None:
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        return None
