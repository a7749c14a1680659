"""What is known about a case before anybody thinks: typed facts with their provenance, and texts with line numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

FactValue = bool | int | float | str


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One typed observation: what is so, and who says it (``context``, ``engine``, ``worker`` …)."""

    name: str
    value: FactValue
    source: str


@dataclass(frozen=True, kw_only=True)
class TextSource:
    r"""A text with a name: a log, a stream of a job, a refusal's message.

    ``data`` is UTF-8 with lines ended by ``\n`` and without terminal control sequences; ``facts.text`` makes it so.
    """

    name: str
    data: bytes

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        position = self.data.find(b"\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.data.find(b"\n", position + 1)
        return starts

    def line_at(self, offset: int) -> int:
        """Return the number, from 1, of the line that holds the byte at ``offset``."""
        return bisect_right(self._line_starts, offset)

    def line(self, number: int) -> str:
        """Return line ``number`` (from 1) without its end. Raises ``IndexError`` for a line that is not there."""
        starts = self._line_starts
        if not 1 <= number <= len(starts):
            raise IndexError(f"{self.name} has no line {number}")
        end = starts[number] - 1 if number < len(starts) else len(self.data)
        return self.data[starts[number - 1] : end].decode("utf-8", "replace")

    def numbered_lines(self) -> Iterator[tuple[int, str]]:
        """Yield every line with its number, from 1."""
        for number, line in enumerate(self.data.split(b"\n"), start=1):
            yield number, line.decode("utf-8", "replace")

    @property
    def line_count(self) -> int:
        """How many lines there are; a last line without an end counts."""
        return len(self._line_starts) - (1 if self.data.endswith(b"\n") or not self.data else 0)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything collected about one case."""

    values: Mapping[str, Fact] = field(default_factory=dict)
    texts: tuple[TextSource, ...] = ()

    def value(self, name: str) -> FactValue | None:
        """Return a fact's value, ``None`` where it was not collected."""
        fact = self.values.get(name)
        return None if fact is None else fact.value

    def merged(self, facts: Iterable[Fact]) -> Facts:
        """Return these facts with others added; what is already known stays."""
        values = {fact.name: fact for fact in facts}
        return Facts(values={**values, **self.values}, texts=self.texts)
