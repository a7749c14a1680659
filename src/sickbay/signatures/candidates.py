"""The lines of a text that are worth a look, each with the patterns it is worth it for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator


class Candidates:
    """Lines by the offset of their first byte, for one text."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._patterns: dict[int, set[int]] = defaultdict(set)

    def note(self, place: int, patterns: Iterable[int]) -> int:
        """Note the patterns for the line that holds the byte at ``place``, and return where that line ends."""
        self._patterns[self._text.rfind(b"\n", 0, place) + 1].update(patterns)
        end = self._text.find(b"\n", place)
        return end if end >= 0 else len(self._text)

    def note_everywhere(self, patterns: Iterable[int]) -> None:
        """Note the patterns for every line."""
        wanted = frozenset(patterns)
        start = 0
        while wanted and start <= len(self._text):
            start = self.note(start, wanted) + 1

    def lines(self) -> Iterator[tuple[int, list[int]]]:
        """Yield the number of each noted line, from 0, and its patterns in their order."""
        number = position = 0
        for start in sorted(self._patterns):
            number += self._text.count(b"\n", position, start)
            position = start
            yield number, sorted(self._patterns[start])
