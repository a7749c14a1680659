"""The lines of a text that are worth a look, each with the patterns it is worth it for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator


class Candidates:
    """Lines by the offset of their first byte, for one folded text: one that has the same lines as the original."""

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

    def lines(self, original: bytes) -> Iterator[tuple[int, bytes, list[int]]]:
        """Yield each noted line's number, from 0, the line as it stands in ``original``, and its patterns in order."""
        if not self._patterns:
            return
        # Folding only ever shortens: of the same length, every byte is at its place.
        lines = None if len(original) == len(self._text) else original.split(b"\n")
        number = position = 0
        for start in sorted(self._patterns):
            number += self._text.count(b"\n", position, start)
            position = start
            line = lines[number] if lines is not None else _line_at(original, start)
            yield number, line, sorted(self._patterns[start])


def _line_at(text: bytes, start: int) -> bytes:
    end = text.find(b"\n", start)
    return text[start:] if end < 0 else text[start:end]
