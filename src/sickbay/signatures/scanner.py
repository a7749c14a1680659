"""Finding many patterns in a text.

One of three ways names the lines worth a look, piece by piece, and ``re`` decides on those lines alone, so all give the
same hits. Where a line begins with a known prefix, as in a log that was passed on, what follows the prefix counts as a
line too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cached_property

from sickbay.signatures.factors import Factors, fold
from sickbay.signatures.fixed_texts import fixed_texts
from sickbay.signatures.kept import Kept
from sickbay.signatures.lookers import LONGEST_LINE, AhoCorasick, FixedTexts, Looker, library
from sickbay.signatures.pattern import Hit, Pattern
from sickbay.signatures.prefixes import without_prefix
from sickbay.signatures.sifting import Sieve
from sickbay.signatures.vectorscan import Vectorscan

#: Bytes, over all scans, from which compiling for Vectorscan pays.
LARGE_TEXT = 512 * 1024

#: Bytes that are looked at in one go.
_PIECE = 512 * 1024

#: Most hits kept of one pattern in one text: the first ones.
MOST_HITS = 50


class Way(StrEnum):
    """How lines worth a look are found: the fastest first."""

    VECTORSCAN = "hyperscan"
    AHO_CORASICK = "ahocorasick_rs"
    FIXED_TEXTS = "re"

    @property
    def is_available(self) -> bool:
        """Whether the library that it needs is there."""
        return self is Way.FIXED_TEXTS or library(self.value) is not None


class Scanner:
    """All patterns, read once, looked for in any number of texts.

    Takes the fastest way that is there and worth its preparation, or always the one that is asked for. What it
    prepares is kept in ``kept``, so that the next process has it at once.
    """

    def __init__(
        self,
        patterns: Iterable[Pattern],
        *,
        way: Way | None = None,
        large_text: int = LARGE_TEXT,
        kept: Kept | None = None,
    ) -> None:
        self.patterns: Sequence[Pattern] = tuple(patterns)
        self._way = way
        self._large_text = large_text
        self._kept = kept
        self._scanned = 0
        self._sieves: dict[int, Sieve] = {}
        self._is_compiled = False

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in the order of lines, and within a line in the order of the patterns."""
        stream = self.stream()
        return [*stream.feed(data), *stream.finish()]

    def stream(self) -> HitStream:
        """Return a text's scan that is fed as the text comes."""
        return HitStream(self)

    def looker(self, size: int) -> Looker:
        """Return the way to look through the next ``size`` bytes."""
        self._scanned += size
        way = self._way or (Way.VECTORSCAN if self._pays() else Way.AHO_CORASICK)
        if way is Way.VECTORSCAN and (self._way or way.is_available):
            self._is_compiled = True
            return self._vectorscan
        if way is Way.AHO_CORASICK and (self._way or way.is_available):
            return self._aho_corasick
        return self._fixed_texts

    def may_match(self, index: int, folded: bytes) -> bool:
        """Say whether a folded line holds what a pattern cannot do without."""
        if index not in self._sieves:
            self._sieves[index] = Sieve(self.patterns[index])
        return self._sieves[index].lets_through(folded)

    def _pays(self) -> bool:
        """Say whether Vectorscan is ready, or worth being made ready."""
        if not Way.VECTORSCAN.is_available:
            return False
        return self._is_compiled or self._scanned >= self._large_text or self._loaded is not None

    @cached_property
    def _loaded(self) -> Vectorscan | None:
        return None if self._kept is None else Vectorscan.loaded(self.patterns, self._kept)

    @cached_property
    def _vectorscan(self) -> Looker:
        return self._loaded or Vectorscan.compiled(self.patterns, self._kept)

    @cached_property
    def _aho_corasick(self) -> Looker:
        return AhoCorasick(self._texts)

    @cached_property
    def _fixed_texts(self) -> Looker:
        return FixedTexts(self._texts)

    @cached_property
    def _texts(self) -> list[Factors]:
        return fixed_texts(self.patterns, self._kept)


class HitStream:
    """One text that comes in pieces, cut anywhere. The hits are those of the whole.

    Clean text goes in, as :mod:`sickbay.facts.text` makes it. Call ``finish`` once, after the last ``feed``.
    """

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._begun = b""
        self._number = 1
        self._kept = [0] * len(scanner.patterns)
        self._finished: set[int] = set()

    def feed(self, data: bytes) -> list[Hit]:
        """Take the next bytes, and return the hits in the lines that they end."""
        data = self._begun + data
        end = data.rfind(b"\n")
        # Nobody looks at the rest of a line that is longer.
        self._begun = data[end + 1 : end + 1 + LONGEST_LINE]
        hits: list[Hit] = []
        for piece in _pieces(data, end):
            hits += self._piece(piece)
        return hits

    def finish(self) -> list[Hit]:
        """Return the hits in a last line without an end."""
        rest, self._begun = self._begun, b""
        return list(self._piece(rest)) if rest else []

    def _piece(self, piece: bytes) -> Iterator[Hit]:
        """Yield the hits in some whole lines. The end of the last one is left out."""
        candidates = self._scanner.looker(len(piece)).candidates(piece, self._finished)
        for number, raw, patterns in candidates.lines(piece):
            yield from self._line(self._number + number, raw, patterns)
        self._number += piece.count(b"\n") + 1

    def _line(self, number: int, raw: bytes, patterns: Iterable[int]) -> Iterator[Hit]:
        open_ones = [index for index in patterns if index not in self._finished]
        if not raw or not open_ones:
            return
        beginning = raw[:LONGEST_LINE]
        folded = fold(beginning)
        wanted = [index for index in open_ones if self._scanner.may_match(index, folded)]
        if not wanted:
            return
        text = beginning.decode("utf-8", "replace")
        message = without_prefix(text)
        for index in wanted:
            pattern = self._scanner.patterns[index]
            if (found := _match(pattern.compiled, text, message)) is not None:
                self._count(index)
                column, captures = found
                yield Hit(pattern_id=pattern.id, line=number, column=column, text=text, captures=captures)

    def _count(self, index: int) -> None:
        self._kept[index] += 1
        if self._kept[index] >= MOST_HITS:
            self._finished.add(index)


def _pieces(data: bytes, end: int) -> Iterator[bytes]:
    """Yield the whole lines before the line end at ``end`` in pieces, without the line ends between them."""
    start = 0
    while start <= end:
        stop = data.find(b"\n", start + _PIECE, end) if end - start > 2 * _PIECE else end
        stop = end if stop < 0 else stop
        yield data[start:stop]
        start = stop + 1


def _match(pattern: re.Pattern[str], text: str, message: str | None) -> tuple[int, dict[str, str]] | None:
    """Look in a line as it is, and in what follows its prefix; return the column and the captures."""
    skipped, match = 0, pattern.search(text)
    if match is None and message is not None:
        skipped, match = len(text) - len(message), pattern.search(message)
    if match is None:
        return None
    captures = {name: value for name, value in match.groupdict().items() if value is not None}
    return skipped + match.start() + 1, captures
