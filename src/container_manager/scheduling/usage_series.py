"""What an attempt used over time: samples, thinned as they grow in number, and packed to be kept. Pure.

However long an attempt runs, its series has at most :data:`MOST_POINTS` points. Where it would grow beyond, neighbors
are joined and the interval doubles. A joined point keeps the larger memory and number of processes, so that no peak is
thinned away, and the later CPU time, which only grows.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MOST_POINTS = 240

_FORMAT = 1
_HEADER = struct.Struct("<BdI")
_COLUMNS = 4
_MILLI = 1000


@dataclass(frozen=True, kw_only=True)
class UsagePoint:
    """Use around a moment, in seconds since the start. ``None`` means not measured."""

    at_seconds: float
    memory_bytes: int | None = None
    cpu_seconds: float | None = None
    """Since the start."""
    pids: int | None = None

    def joined(self, later: UsagePoint) -> UsagePoint:
        """Return one point for this one and the next."""
        return UsagePoint(
            at_seconds=later.at_seconds,
            memory_bytes=_larger(self.memory_bytes, later.memory_bytes),
            cpu_seconds=self.cpu_seconds if later.cpu_seconds is None else later.cpu_seconds,
            pids=_larger(self.pids, later.pids),
        )


class UsageSeries:
    """The points of one attempt so far."""

    def __init__(self, points: Sequence[UsagePoint] = (), *, interval_seconds: float = 0.0) -> None:
        self._points = list(points)
        self._interval = interval_seconds
        self._opened: float | None = self._points[-1].at_seconds if self._points else None

    @property
    def points(self) -> Sequence[UsagePoint]:
        """All points, oldest first."""
        return tuple(self._points)

    def add(self, point: UsagePoint) -> None:
        """Take the next sample; it joins the last point where that is younger than the interval."""
        if self._opened is not None and point.at_seconds - self._opened < self._interval:
            self._points[-1] = self._points[-1].joined(point)
            return
        self._points.append(point)
        self._opened = point.at_seconds
        if len(self._points) > MOST_POINTS:
            self._halve()

    def packed(self) -> bytes:
        """Return the series in few bytes: about a kilobyte for a full one."""
        columns = [
            [round(point.at_seconds * _MILLI) for point in self._points],
            [_told(point.memory_bytes) for point in self._points],
            [_told(None if point.cpu_seconds is None else round(point.cpu_seconds * _MILLI)) for point in self._points],
            [_told(point.pids) for point in self._points],
        ]
        # Neighbors are alike, so their differences are small and compress well.
        steps = [after - before for column in columns for before, after in zip([0, *column], column, strict=False)]
        body = struct.pack(f"<{len(steps)}q", *steps)
        return _HEADER.pack(_FORMAT, self._interval, len(self._points)) + zlib.compress(body)

    @classmethod
    def unpacked(cls, data: bytes) -> UsageSeries:
        """Return the series that :meth:`packed` gave. Raises ``ValueError`` for a format of a later version."""
        form, interval, count = _HEADER.unpack_from(data)
        if form != _FORMAT:
            raise ValueError(f"a usage series of format {form}; this version reads {_FORMAT}")
        steps = struct.unpack(f"<{count * _COLUMNS}q", zlib.decompress(data[_HEADER.size :]))
        at, memory, cpu, pids = (_summed(steps[number * count : (number + 1) * count]) for number in range(_COLUMNS))
        points = [
            UsagePoint(
                at_seconds=at[number] / _MILLI,
                memory_bytes=_heard(memory[number]),
                cpu_seconds=None if not cpu[number] else (cpu[number] - 1) / _MILLI,
                pids=_heard(pids[number]),
            )
            for number in range(count)
        ]
        return cls(points, interval_seconds=interval)

    def _halve(self) -> None:
        pairs = zip(self._points[::2], self._points[1::2], strict=False)
        joined = [first.joined(second) for first, second in pairs]
        span = self._points[-1].at_seconds - self._points[0].at_seconds
        self._points = joined + self._points[len(joined) * 2 :]
        self._interval = max(self._interval * 2, 2 * span / MOST_POINTS)


def busy_cores(points: Sequence[UsagePoint]) -> list[float | None]:
    """Return for each point how many cores were busy since the one before; the first counts from the start."""
    cores: list[float | None] = []
    seconds, used = 0.0, 0.0
    for point in points:
        passed = point.at_seconds - seconds
        if point.cpu_seconds is None or passed <= 0:
            cores.append(None)
            continue
        cores.append(max(0.0, point.cpu_seconds - used) / passed)
        seconds, used = point.at_seconds, point.cpu_seconds
    return cores


def _told(figure: int | None) -> int:
    return 0 if figure is None else figure + 1


def _heard(figure: int) -> int | None:
    return None if not figure else figure - 1


def _summed(steps: Sequence[int]) -> list[int]:
    total, values = 0, []
    for step in steps:
        total += step
        values.append(total)
    return values


def _larger(first: int | None, second: int | None) -> int | None:
    known = [figure for figure in (first, second) if figure is not None]
    return max(known) if known else None
