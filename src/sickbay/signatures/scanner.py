"""Finding many patterns in a text.

First the fixed texts of all patterns are looked for (:mod:`sickbay.signatures.factors`): in a small text one by one, in
a large one all at once by Vectorscan. They name the lines worth a look, and ``re`` decides on those lines alone, so
that both ways give the same hits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from sickbay.signatures.factors import Factors, factors, fold
from sickbay.signatures.pattern import Hit, Pattern

hyperscan: Any
try:
    import hyperscan
except ImportError:  # no wheel for this platform: looking for the texts one by one gives the same hits, more slowly
    hyperscan = None

#: Bytes, over all scans, from which compiling the Vectorscan database pays.
LARGE_TEXT = 512 * 1024

#: Longest part of a line that is looked at, in bytes.
LONGEST_LINE = 8192

#: Most hits kept of one pattern in one text: the first ones.
MOST_HITS = 50


class Scanner:
    """All patterns, read once, looked for in any number of texts."""

    def __init__(self, patterns: Iterable[Pattern], *, large_text: int = LARGE_TEXT) -> None:
        self._patterns: Sequence[Pattern] = tuple(patterns)
        self._large_text = large_text
        self._scanned = 0
        self._wherever: list[int] = []  # patterns without fixed texts: every line is worth a look
        self._also: list[Sequence[Factors]] = []  # what a line must hold besides
        self._meant_by: dict[bytes, list[int]] = defaultdict(list)
        for number, pattern in enumerate(self._patterns):
            first, *others = factors(pattern.expression) or (frozenset[bytes](),)
            self._also.append(others)
            if not first:
                self._wherever.append(number)
            for text in first:
                self._meant_by[text].append(number)
        self._texts = sorted(self._meant_by)

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in the order of lines, and within a line in the order of the patterns."""
        self._scanned += len(data)
        folded = fold(data)
        lines = _Lines(folded)
        if hyperscan is not None and self._scanned >= self._large_text:
            self._look_for_all(folded, lines)
        else:
            self._look_for_each(folded, lines)
        return self._decide(data, lines.candidates)

    def _look_for_each(self, folded: bytes, lines: _Lines) -> None:
        for text in self._texts:
            place = folded.find(text)
            while place >= 0:
                number = lines.note(place, self._meant_by[text])
                place = folded.find(text, lines.end(number))

    def _look_for_all(self, folded: bytes, lines: _Lines) -> None:
        meant_by = [self._meant_by[text] for text in self._texts]

        def note(text: int, _start: int, end: int, _flags: int, _context: object) -> None:
            lines.note(end - 1, meant_by[text])

        if self._texts:
            self._database.scan(folded, match_event_handler=note)

    def _decide(self, data: bytes, candidates: dict[int, set[int]]) -> list[Hit]:
        collect = _Collector(self._patterns, self._also)
        if not candidates and not self._wherever:
            return []
        for number, line in enumerate(data.split(b"\n"), start=1):
            if (named := candidates.get(number)) is not None:
                collect.line(number, line, sorted(named.union(self._wherever)))
            elif self._wherever:
                collect.line(number, line, self._wherever)
        return collect.hits

    @cached_property
    def _database(self) -> Any:  # noqa: ANN401  (the binding has no types)
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in text) for text in self._texts],
            ids=list(range(len(self._texts))),
            flags=[0] * len(self._texts),
        )
        return database


class _Lines:
    """Which patterns are worth a look on which lines."""

    def __init__(self, folded: bytes) -> None:
        self.candidates: dict[int, set[int]] = defaultdict(set)
        self._starts = [0]
        self._size = len(folded)
        position = folded.find(b"\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = folded.find(b"\n", position + 1)

    def note(self, place: int, patterns: Iterable[int]) -> int:
        """Note the patterns for the line, whose number is returned, that holds the byte at ``place``."""
        number = bisect_right(self._starts, place)
        self.candidates[number].update(patterns)
        return number

    def end(self, number: int) -> int:
        """Return where the line behind this one begins."""
        return self._starts[number] if number < len(self._starts) else self._size


class _Collector:
    """Decides on lines with ``re`` and keeps the hits."""

    def __init__(self, patterns: Sequence[Pattern], also: Sequence[Sequence[Factors]]) -> None:
        self.hits: list[Hit] = []
        self._patterns = patterns
        self._also = also
        self._search: dict[int, Callable[[str], Any]] = {}
        self._kept = [0] * len(patterns)

    def line(self, number: int, raw: bytes, patterns: Iterable[int]) -> None:
        """Look for these patterns in one line."""
        if not raw:
            return
        beginning = raw[:LONGEST_LINE]
        text, folded = beginning.decode("utf-8", "replace"), fold(beginning)
        for index in patterns:
            if self._kept[index] >= MOST_HITS or not _holds_all(folded, self._also[index]):
                continue
            match = self._searcher(index)(text)
            if match is None:
                continue
            self._kept[index] += 1
            captures = {name: value for name, value in match.groupdict().items() if value is not None}
            self.hits.append(Hit(pattern_id=self._patterns[index].id, line=number, text=text, captures=captures))

    def _searcher(self, index: int) -> Callable[[str], Any]:
        if index not in self._search:
            self._search[index] = self._patterns[index].compiled.search
        return self._search[index]


def _holds_all(folded: bytes, required: Sequence[Factors]) -> bool:
    return all(any(text in folded for text in alternatives) for alternatives in required)
