"""A text as it is meant, and the way back: without terminal sequences, percent-decoded."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_TERMINAL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_=>])")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")

#: How often a text may be percent-encoded; deeper is decoded so far.
_MOST_ENCODINGS = 3


class View(NamedTuple):
    """A text with places taken out or shortened. ``places`` and ``shifts`` say how much was lost before each."""

    data: bytes
    places: list[int]
    shifts: list[int]

    def origin(self, place: int) -> int:
        """Return where in the original text the byte at ``place`` began."""
        index = bisect_right(self.places, place)
        return place + self.shifts[index - 1] if index else place

    def origins(self, start: int, end: int) -> tuple[int, int]:
        """Return from where to where a piece, which is not empty, stood. What was taken out at its edges is outside."""
        last = self.origin(end - 1)
        # A decoded byte ends where the next one begins, unless something was taken out between them.
        index = bisect_right(self.places, end)
        at_edge = index and self.places[index - 1] == end and self.shifts[index - 1] - _before(self.shifts, index) == 2
        return self.origin(start), last + (3 if at_edge else 1)


def _before(shifts: list[int], index: int) -> int:
    return shifts[index - 2] if index > 1 else 0


def without_terminal_sequences(data: bytes) -> View:
    """Return the text without colors and the like."""
    if b"\x1b" not in data:
        return View(data, [], [])
    parts, places, shifts = [], [], []
    end = length = lost = 0
    for found in _TERMINAL.finditer(data):
        parts.append(data[end : found.start()])
        length += found.start() - end
        end = found.end()
        lost += end - found.start()
        places.append(length)
        shifts.append(lost)
    parts.append(data[end:])
    return View(b"".join(parts), places, shifts)


def decoded_views(line: bytes) -> Iterator[tuple[View, ...]]:
    """Yield the line percent-decoded once, twice …: the views to go back through, the innermost last."""
    views: tuple[View, ...] = ()
    for _ in range(_MOST_ENCODINGS):
        if b"%" not in line or not _PERCENT.search(line):
            return
        view = _decoded(line)
        views = (*views, view)
        yield views
        line = view.data


def _decoded(data: bytes) -> View:
    parts, places, shifts = [], [], []
    end = length = lost = 0
    for found in _PERCENT.finditer(data):
        parts += [data[end : found.start()], bytes([int(found.group()[1:], 16)])]
        length += found.start() - end + 1
        end = found.end()
        lost += 2
        places.append(length)
        shifts.append(lost)
    parts.append(data[end:])
    return View(b"".join(parts), places, shifts)
