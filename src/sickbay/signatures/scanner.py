"""Finding many patterns in a text in one pass.

A small text is searched line by line with ``re``. A large one goes through Vectorscan first, which names the lines
worth a look; ``re`` then decides on those lines alone, so that both ways give the same hits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from sickbay.signatures.pattern import Hit, Pattern

hyperscan: Any
try:
    import hyperscan
except ImportError:  # no wheel for this platform: `re` alone gives the same hits, more slowly
    hyperscan = None

#: Bytes, over all scans, from which compiling the Vectorscan database (some tenths of a second) pays.
LARGE_TEXT = 512 * 1024

#: Longest part of a line that is looked at, in bytes.
LONGEST_LINE = 8192

#: Most hits kept of one pattern in one text: the first ones.
MOST_HITS = 50


class Scanner:
    """All patterns, compiled once, looked for in any number of texts."""

    def __init__(self, patterns: Iterable[Pattern], *, large_text: int = LARGE_TEXT) -> None:
        self._patterns: Sequence[Pattern] = tuple(patterns)
        self._large_text = large_text
        self._scanned = 0

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in the order of lines, and within a line in the order of the patterns."""
        self._scanned += len(data)
        if hyperscan is not None and self._scanned >= self._large_text:
            return self._scan_large(data)
        return self._scan_small(data)

    def _scan_small(self, data: bytes) -> list[Hit]:
        every = range(len(self._patterns))
        collect = _Collector(self._patterns)
        for number, line in enumerate(data.split(b"\n"), start=1):
            collect.line(number, line, every)
        return collect.hits

    def _scan_large(self, data: bytes) -> list[Hit]:
        starts = _line_starts(data)
        candidates: dict[int, set[int]] = defaultdict(set)

        def note(pattern: int, _start: int, end: int, _flags: int, _context: object) -> None:
            # A match ends behind its last byte; one that is empty may end at a line's own start.
            candidates[bisect_right(starts, max(end - 1, 0))].add(pattern)
            candidates[bisect_right(starts, end)].add(pattern)

        self._database.scan(data, match_event_handler=note)
        collect = _Collector(self._patterns)
        for number in sorted(candidates):
            begin = starts[number - 1]
            end = starts[number] - 1 if number < len(starts) else len(data)
            collect.line(number, data[begin:end], sorted(candidates[number]))
        return collect.hits

    @cached_property
    def _database(self) -> Any:  # noqa: ANN401  (the binding has no types)
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_ALLOWEMPTY
        database.compile(
            expressions=[pattern.expression.encode() for pattern in self._patterns],
            ids=list(range(len(self._patterns))),
            flags=[flags] * len(self._patterns),
        )
        return database


class _Collector:
    """Decides on lines with ``re`` and keeps the hits."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.hits: list[Hit] = []
        self._patterns = patterns
        self._search: list[Callable[[str], Any]] = [pattern.compiled.search for pattern in patterns]
        self._kept = [0] * len(patterns)

    def line(self, number: int, raw: bytes, patterns: Iterable[int]) -> None:
        if not raw:
            return
        text = raw[:LONGEST_LINE].decode("utf-8", "replace")
        for index in patterns:
            if self._kept[index] >= MOST_HITS:
                continue
            match = self._search[index](text)
            if match is None:
                continue
            self._kept[index] += 1
            captures = {name: value for name, value in match.groupdict().items() if value is not None}
            self.hits.append(Hit(pattern_id=self._patterns[index].id, line=number, text=text, captures=captures))


def _line_starts(data: bytes) -> list[int]:
    starts = [0]
    position = data.find(b"\n")
    while position >= 0:
        starts.append(position + 1)
        position = data.find(b"\n", position + 1)
    return starts
