"""Reading what the kernel tells in small files, above all what control groups of either version have used.

Imported by the shim of the process executor, whose start must stay quick: no ``pathlib``, no ``typing``.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable

#: What the kernel says of files, processes, and groups that are gone, and of groups that never had the file.
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.ENODEV, errno.EOPNOTSUPP}


def read_text(path: str) -> str:
    """Return a small file's text, empty where there is no such file. Raises ``OSError`` where that cannot be told."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123  see the module's docstring
            return file.read()
    except OSError as error:
        if error.errno in _ABSENT:
            return ""
        raise  # too many open files is not "no outcome"


def group_figures(groups: Iterable[str]) -> dict[str, int]:
    """Read the kernel's own counters of these control groups, of version 1 or 2. What is not counted is left out."""
    figures: dict[str, int] = {}
    for group in groups:
        found = {
            "peak_memory_bytes": _first(f"{group}/memory.max_usage_in_bytes", f"{group}/memory.peak"),
            "oom_kills": _counted(group, "oom_kill", "memory.oom_control", "memory.events"),
            "cpu_nanoseconds": _nanoseconds(group),
            "pids_peak": _first(f"{group}/pids.peak"),
            **_throttling(f"{group}/cpu.stat"),
            **_bytes_moved(group),
        }
        figures.update((name, figure) for name, figure in found.items() if figure is not None)
    return figures


def group_sample(groups: Iterable[str]) -> dict[str, int]:
    """Read what these control groups use now: memory that is not droppable cache, CPU time, processes."""
    figures: dict[str, int] = {}
    for group in groups:
        used = _first(f"{group}/memory.usage_in_bytes", f"{group}/memory.current")
        if used is not None:
            cache = _counted(group, "total_inactive_file", "memory.stat")
            if cache is None:
                cache = _counted(group, "inactive_file", "memory.stat") or 0
            used = max(0, used - cache)
        found = {"memory_bytes": used, "cpu_nanoseconds": _nanoseconds(group), "pids": _first(f"{group}/pids.current")}
        figures.update((name, figure) for name, figure in found.items() if figure is not None)
    return figures


def _nanoseconds(group: str) -> int | None:
    nanoseconds = _first(f"{group}/cpuacct.usage")
    if nanoseconds is not None:
        return nanoseconds
    microseconds = _counted(group, "usage_usec", "cpu.stat")
    return None if microseconds is None else microseconds * 1000


def _throttling(path: str) -> dict[str, int | None]:
    """Where no limit was set nothing is throttled, and the counters of periods stand still or are not there."""
    counters = _counters(path)
    microseconds = counters.get("throttled_usec")
    return {
        "cpu_periods": counters.get("nr_periods"),
        "throttled_periods": counters.get("nr_throttled"),
        "throttled_nanoseconds": counters.get("throttled_time") if microseconds is None else microseconds * 1000,
    }


def _bytes_moved(group: str) -> dict[str, int | None]:
    """Return what went from and to block devices. Where the kernel counts no device, nothing is known."""
    moved: dict[str, int | None] = {}
    for line in read_text(f"{group}/io.stat").splitlines():
        for field in line.split()[1:]:
            name, _, value = field.partition("=")
            if name in ("rbytes", "wbytes") and value.isdecimal():
                key = "io_read_bytes" if name == "rbytes" else "io_write_bytes"
                moved[key] = (moved.get(key) or 0) + int(value)
    for line in read_text(f"{group}/blkio.throttle.io_service_bytes_recursive").splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[1] in ("Read", "Write") and fields[2].isdecimal():
            key = "io_read_bytes" if fields[1] == "Read" else "io_write_bytes"
            moved[key] = (moved.get(key) or 0) + int(fields[2])
    return moved


def _first(*paths: str) -> int | None:
    for path in paths:
        text = read_text(path).strip()
        if text.isdecimal():
            return int(text)
    return None


def _counted(group: str, key: str, *files: str) -> int | None:
    for file in files:
        counters = _counters(f"{group}/{file}")
        if key in counters:
            return counters[key]
    return None


def _counters(path: str) -> dict[str, int]:
    pairs = (line.split() for line in read_text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}
