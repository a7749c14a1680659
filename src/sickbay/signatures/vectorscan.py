"""The fastest way to the lines that are worth a look: Vectorscan, for all patterns at once.

It looks for a long and rare fixed text of each pattern first, thousands of which cost next to nothing. Where a piece of
a text is full of them, it looks for the patterns' own relaxed forms, which take more time and find fewer lines.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from sickbay.signatures.candidates import Candidates
from sickbay.signatures.compiled import Compiled, platform
from sickbay.signatures.factors import fold_odd
from sickbay.signatures.kept import Kept, key_of
from sickbay.signatures.lookers import LONGEST_LINE
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.relaxed import fixed, relaxed
from sickbay.signatures.telling import tellings

#: The modules that decide what is compiled for a pattern.
_RULES = ("compiled.py", "factors.py", "relaxed.py", "telling.py", "vectorscan.py")

#: Bytes of a text that are looked for: longer ones cost more, and few that begin alike are not meant alike.
_LONGEST_TEXT = 14

#: Bytes of text for each line that may be found by a fixed text before they count as too common.
_BYTES_PER_LINE = 4096

#: Lines that may be found so in any case.
_FEW_LINES = 128

#: Bytes that were full of fixed texts from which compiling the patterns themselves pays.
_LARGE_NOISE = 512 * 1024


class Vectorscan:
    """Looks for all patterns in one go. ``texts`` are those of :meth:`compiled` or :meth:`loaded`."""

    def __init__(self, patterns: Sequence[Pattern], texts: Compiled, kept: Kept | None) -> None:
        self._patterns = patterns
        self._texts = texts
        self._kept = kept
        self._noise = 0
        self._expressions: Compiled | None = None
        self._is_loaded = kept is None

    @classmethod
    def loaded(cls, patterns: Sequence[Pattern], kept: Kept) -> Vectorscan | None:
        """Return what was compiled before, ``None`` where there is nothing that fits and can be trusted."""
        texts = _loaded(_key("texts", patterns), kept)
        return None if texts is None else cls(patterns, texts, kept)

    @classmethod
    def compiled(cls, patterns: Sequence[Pattern], kept: Kept | None = None) -> Vectorscan:
        """Compile, which takes some tenths of a second for hundreds of patterns, and keep the result."""
        return cls(patterns, _stored(Compiled.of(_texts_of(patterns)), _key("texts", patterns), kept), kept)

    def candidates(self, text: bytes, finished: Container[int] = ()) -> Candidates:
        """Look for all patterns."""
        folded = cut_lines(fold_odd(text))
        found = self._texts.look(folded, finished, most=max(_FEW_LINES, len(folded) // _BYTES_PER_LINE))
        if found is not None:
            return found
        return (self._own_forms(len(folded)) or self._texts).look_all(folded, finished)

    def _own_forms(self, size: int) -> Compiled | None:
        """Return the patterns' own forms: those that are kept, or new ones once there was noise enough to pay for."""
        self._noise += size
        if not self._is_loaded and self._kept is not None:
            self._is_loaded = True
            self._expressions = _loaded(_key("expressions", self._patterns), self._kept)
        if self._expressions is None and self._noise >= _LARGE_NOISE:
            made = Compiled.of(_expressions_of(self._patterns))
            self._expressions = _stored(made, _key("expressions", self._patterns), self._kept)
        return self._expressions


def cut_lines(text: bytes) -> bytes:
    """Return a text whose lines end where nothing more is looked at."""
    start = 0
    while len(text) - start > LONGEST_LINE:
        end = text.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            break
        start = end + 1
    else:
        return text
    return b"\n".join(line[:LONGEST_LINE] for line in text.split(b"\n"))


def _texts_of(patterns: Iterable[Pattern]) -> dict[bytes, list[int]]:
    """Return a long and rare text for each way through each pattern; the way's own form where it has none."""
    texts: dict[bytes, list[int]] = {}
    others: dict[bytes, list[int]] = {}
    for number, pattern in enumerate(patterns):
        for way in tellings(pattern.expression):
            rare = sorted({text[:_LONGEST_TEXT] for text in way.rare_texts()})
            for text in rare:
                texts.setdefault(text, []).append(number)
            if not rare:
                others.setdefault(relaxed(way), []).append(number)
    return {**{fixed(text): meant for text, meant in _without_longer_ones(texts).items()}, **others}


def _without_longer_ones(texts: dict[bytes, list[int]]) -> dict[bytes, list[int]]:
    """Leave out texts that hold another one, which then stands for their patterns too: each text costs time."""
    kept: dict[bytes, list[int]] = {}
    for text in sorted(texts, key=lambda each: (len(each), each)):
        spans = ((start, end) for start in range(len(text)) for end in range(start + 1, len(text) + 1))
        within = next((text[start:end] for start, end in spans if text[start:end] in kept), text)
        kept.setdefault(within, []).extend(texts[text])
    return {text: sorted(set(meant)) for text, meant in kept.items()}


def _expressions_of(patterns: Iterable[Pattern]) -> dict[bytes, list[int]]:
    """Return the own form of each way through each pattern."""
    meant: dict[bytes, list[int]] = {}
    for number, pattern in enumerate(patterns):
        for way in tellings(pattern.expression):
            meant.setdefault(relaxed(way), []).append(number)
    return meant


def _loaded(key: str, kept: Kept) -> Compiled | None:
    data = kept.load(key)
    return None if data is None else Compiled.read(data)


def _stored(made: Compiled, key: str, kept: Kept | None) -> Compiled:
    if kept is not None and (data := made.written()):
        kept.store(key, data)
    return made


def _key(what: str, patterns: Iterable[Pattern]) -> str:
    """Return the name of what is compiled for these patterns, by these rules, for this processor and library."""
    return key_of(_RULES, [what, *platform(), *(pattern.expression for pattern in patterns)])
