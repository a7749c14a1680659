"""What is known about a case before anybody thinks: typed facts with their provenance, and texts with line numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

FactValue = bool | int | float | str


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One typed observation: what is so, and who says it (``context``, ``engine``, ``worker`` …)."""

    name: str
    value: FactValue
    source: str


class Text(Protocol):
    r"""A text with a name: a log, a stream of a job, a refusal's message.

    It is UTF-8 with lines ended by ``\n`` and without terminal control sequences; ``facts.text`` makes it so.
    """

    @property
    def name(self) -> str:
        """What evidence calls it."""
        ...

    @property
    def data(self) -> bytes:
        """The text; of a long one (:mod:`sickbay.facts.long_text`) the beginning and the end."""
        ...

    @property
    def line_count(self) -> int:
        """How many lines there are; a last line without an end counts."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole text, cut anywhere. Of a long one they come once."""
        ...

    def last_lines(self, most: int) -> list[tuple[int, str]]:
        """Return the last lines that are not blank, at most so many, with their numbers from 1."""
        ...


@dataclass(frozen=True, kw_only=True)
class TextSource:
    """A text that is held whole."""

    name: str
    data: bytes

    @property
    def line_count(self) -> int:
        """How many lines there are; a last line without an end counts."""
        return self.data.count(b"\n") + (0 if self.data.endswith(b"\n") or not self.data else 1)

    def pieces(self) -> Iterator[bytes]:
        """Yield the text."""
        yield self.data

    def last_lines(self, most: int) -> list[tuple[int, str]]:
        """Return the last lines that are not blank, at most so many, with their numbers from 1."""
        return last_lines_of(self.data, self.data.count(b"\n") + 1, most)


def last_lines_of(data: bytes, number: int, most: int) -> list[tuple[int, str]]:
    """Return the last lines that are not blank of ``data``, whose last line has this number."""
    found: list[tuple[int, str]] = []
    end = len(data)
    while end >= 0 and len(found) < most:
        start = data.rfind(b"\n", 0, end) + 1
        if line := data[start:end].strip():
            found.insert(0, (number, line.decode("utf-8", "replace")))
        number, end = number - 1, start - 1
    return found


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything collected about one case."""

    values: Mapping[str, Fact] = field(default_factory=dict)
    texts: tuple[Text, ...] = ()

    def value(self, name: str) -> FactValue | None:
        """Return a fact's value, ``None`` where it was not collected."""
        fact = self.values.get(name)
        return None if fact is None else fact.value

    def merged(self, facts: Iterable[Fact]) -> Facts:
        """Return these facts with others added; what is already known stays."""
        values = {fact.name: fact for fact in facts}
        return Facts(values={**values, **self.values}, texts=self.texts)
