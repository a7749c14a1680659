"""Finding many patterns in a text.

One of two ways (:mod:`sickbay.signatures.lookers`) names the lines worth a look, piece by piece, and ``re`` decides on
those lines alone: both give the same hits. Where a line begins with a known prefix, as in a log that was passed on,
what follows the prefix counts as a line too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from sickbay.signatures import lookers
from sickbay.signatures.factors import Factors, factors, fold
from sickbay.signatures.lookers import LONGEST_LINE, FixedTexts, Looker, Vectorscan
from sickbay.signatures.pattern import Hit, Pattern
from sickbay.signatures.prefixes import without_prefix

#: Bytes, over all scans, from which making Vectorscan ready pays.
LARGE_TEXT = 2 * 1024 * 1024

#: Bytes that are looked at in one go.
_PIECE = 4 * 1024 * 1024

#: Most hits kept of one pattern in one text: the first ones.
MOST_HITS = 50


class Scanner:
    """All patterns, read once, looked for in any number of texts."""

    def __init__(self, patterns: Iterable[Pattern], *, large_text: int = LARGE_TEXT) -> None:
        self._patterns: Sequence[Pattern] = tuple(patterns)
        self._large_text = large_text
        self._scanned = 0

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in the order of lines, and within a line in the order of the patterns."""
        self._scanned += len(data)
        large = lookers.hyperscan is not None and self._scanned >= self._large_text
        looker = self._vectorscan if large else self._fixed_texts
        collect = _Collector(self._patterns, self._required)
        first_line = 1
        for piece in _pieces(data):
            collect.piece(piece, first_line, looker)
            first_line += piece.count(b"\n") + 1
        return collect.hits

    @cached_property
    def _required(self) -> Sequence[Sequence[Factors]]:
        return [factors(pattern.expression) for pattern in self._patterns]

    @cached_property
    def _fixed_texts(self) -> Looker:
        return FixedTexts(self._required)

    @cached_property
    def _vectorscan(self) -> Looker:
        return Vectorscan(self._patterns)


def _pieces(data: bytes) -> Iterator[bytes]:
    """Yield pieces of whole lines, without the line end between two pieces."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE)
        end = len(data) if end < 0 else end
        yield data[start:end]
        start = end + 1


class _Collector:
    """Decides on lines with ``re`` and keeps the hits."""

    def __init__(self, patterns: Sequence[Pattern], required: Sequence[Sequence[Factors]]) -> None:
        self.hits: list[Hit] = []
        self._patterns = patterns
        self._required = required
        self._kept = [0] * len(patterns)

    def piece(self, piece: bytes, first_line: int, looker: Looker) -> None:
        """Look for the patterns in some lines."""
        lines = piece.split(b"\n")
        for number, patterns in looker.candidates(piece).lines():
            self._line(first_line + number, lines[number], patterns)

    def _line(self, number: int, raw: bytes, patterns: Iterable[int]) -> None:
        open_ones = [index for index in patterns if self._kept[index] < MOST_HITS]
        if not raw or not open_ones:
            return
        beginning = raw[:LONGEST_LINE]
        folded = fold(beginning)
        wanted = [index for index in open_ones if _holds_all(folded, self._required[index])]
        if not wanted:
            return
        text = beginning.decode("utf-8", "replace")
        message = without_prefix(text)
        for index in wanted:
            pattern = self._patterns[index]
            if (found := _match(pattern.compiled, text, message)) is not None:
                self._kept[index] += 1
                column, captures = found
                self.hits.append(Hit(pattern_id=pattern.id, line=number, column=column, text=text, captures=captures))


def _match(pattern: re.Pattern[str], text: str, message: str | None) -> tuple[int, dict[str, str]] | None:
    """Look in a line as it is, and in what follows its prefix; return the column and the captures."""
    skipped, match = 0, pattern.search(text)
    if match is None and message is not None:
        skipped, match = len(text) - len(message), pattern.search(message)
    if match is None:
        return None
    captures = {name: value for name, value in match.groupdict().items() if value is not None}
    return skipped + match.start() + 1, captures


def _holds_all(folded: bytes, required: Sequence[Factors]) -> bool:
    return all(any(text in folded for text in alternatives) for alternatives in required)
