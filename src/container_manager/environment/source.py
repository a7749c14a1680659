"""A template's text, and places in it.

Offsets count characters from 0, without a byte order mark; lines and columns count from 1, as editors show them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Span:
    """Part of a text, from ``start`` up to and without ``end``."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Position:
    """A place as editors show it."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Source:
    """A template's name and its text."""

    name: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        found = self.text.find("\n")
        while found != -1:
            starts.append(found + 1)
            found = self.text.find("\n", found + 1)
        return starts

    def position(self, offset: int) -> Position:
        """Return the line and the column of an offset."""
        line = bisect_right(self._starts, offset)
        return Position(line=line, column=offset - self._starts[line - 1] + 1)

    def line_span(self, offset: int) -> Span:
        """Return the line around an offset, without its end."""
        start = self._starts[self.position(offset).line - 1]
        end = self.text.find("\n", start)
        end = len(self.text) if end == -1 else end
        return Span(start=start, end=end - 1 if self.text[start:end].endswith("\r") else end)

    def part(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[span.start : span.end]
