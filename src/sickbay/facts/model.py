"""What is known about a case before anybody thinks: typed facts with their provenance, and texts with line numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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

    @property
    def line_count(self) -> int:
        """How many lines there are; a last line without an end counts."""
        return self.data.count(b"\n") + (0 if self.data.endswith(b"\n") or not self.data else 1)

    def last_lines(self, most: int) -> list[tuple[int, str]]:
        """Return the last lines that are not blank, at most so many, with their numbers from 1."""
        found: list[tuple[int, str]] = []
        number, end = self.data.count(b"\n") + 1, len(self.data)
        while number > 0 and len(found) < most:
            start = self.data.rfind(b"\n", 0, end) + 1
            if line := self.data[start:end].strip():
                found.insert(0, (number, line.decode("utf-8", "replace")))
            number, end = number - 1, start - 1
        return found


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
