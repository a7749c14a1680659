"""How an attempt's use over time looks on a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from container_manager.management.screen import shown_duration
from container_manager.scheduling.usage_series import UsagePoint, busy_cores
from container_manager.services.job_usage import AttemptUsage

#: Columns of a line of bars; with its label and its figures it fits into 80.
WIDTH = 48

_BARS = "▁▂▃▄▅▆▇█"
_UNITS = ("B", "kB", "MB", "GB", "TB")


def usage_view(attempts: Sequence[AttemptUsage]) -> RenderableType:
    """Return the figures and the lines of bars of each attempt."""
    parts: list[RenderableType] = []
    for attempt in attempts:
        parts += [Text(""), Text(f"Use of attempt {attempt.number} ({attempt.source or 'not measured yet'})", "bold")]
        parts += [Text(f"  {line}") for line in _figures(attempt)]
        parts += [Text(f"  {line}") for line in _lines(attempt)]
    return Group(*parts)


def bars(values: Sequence[float | None], *, width: int = WIDTH) -> str:
    """Return values as bars of eight heights, of several that share a column the largest; a blank: not measured."""
    columns = [_largest(values[begin:end]) for begin, end in _spans(len(values), width)]
    top = max((value for value in columns if value is not None), default=0.0)
    return "".join(" " if value is None else _BARS[_height(value, top)] for value in columns)


def shown_size(size: float) -> str:
    """Return a size in the unit that suits it."""
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError(size)


def _figures(attempt: AttemptUsage) -> Iterator[str]:
    shown = {
        "peak_memory_bytes": ("peak memory", _shown(attempt.peak_memory_bytes, shown_size)),
        "cpu_seconds": ("CPU time", _shown(attempt.cpu_seconds, shown_duration)),
        "throttled_periods": ("held back", _shown(attempt.throttled_periods, lambda _: _held_back(attempt))),
        "oom_kills": ("memory kills", _shown(attempt.oom_kills, lambda kills: f"{kills:.0f}")),
        "io_read_bytes": ("read", _shown(attempt.io_read_bytes, shown_size)),
        "io_write_bytes": ("written", _shown(attempt.io_write_bytes, shown_size)),
        "pids_peak": ("processes", _shown(attempt.pids_peak, lambda pids: f"{pids:.0f} at most")),
    }
    for name, (label, figure) in shown.items():
        if figure:
            yield f"{label:<13}{figure}" + (" (sampled)" if name in attempt.sampled else "")


def _shown(figure: float | None, words: Callable[[float], str]) -> str:
    return "" if figure is None else words(figure)


def _held_back(attempt: AttemptUsage) -> str:
    share = f"{attempt.throttled_periods} of {attempt.cpu_periods} periods" if attempt.cpu_periods else "never"
    return share if attempt.throttled_seconds is None else f"{share}, {shown_duration(attempt.throttled_seconds)}"


def _lines(attempt: AttemptUsage) -> Iterator[str]:
    points = attempt.points
    if len(points) < 2:
        return
    yield _line("memory", [point.memory_bytes for point in points], shown_size)
    yield _line("cores", busy_cores(points), lambda value: f"{value:.2f}")
    yield _line("processes", [point.pids for point in points], lambda value: f"{value:.0f}")
    yield f"{'':<13}{_scale(points)}"


def _line(label: str, values: Sequence[float | None], shown: Callable[[float], str]) -> str:
    known = [value for value in values if value is not None]
    top = f" up to {shown(max(known))}" if known else " not measured"
    return f"{label:<13}{bars(values):<{min(WIDTH, len(values))}}{top}"


def _scale(points: Sequence[UsagePoint]) -> str:
    width = min(WIDTH, len(points))
    end = shown_duration(points[-1].at_seconds)
    return f"0{end:>{max(1, width - 1)}}"


def _spans(count: int, width: int) -> Iterator[tuple[int, int]]:
    columns = min(count, width)
    for column in range(columns):
        yield column * count // columns, (column + 1) * count // columns


def _largest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _height(value: float, top: float) -> int:
    return 0 if top <= 0 else max(0, math.ceil(value / top * len(_BARS)) - 1)
