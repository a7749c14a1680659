"""Two ways to the lines that are worth a look: fixed texts one by one, and Vectorscan for all patterns at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sickbay.signatures.candidates import Candidates
from sickbay.signatures.factors import Factors, fold, fold_odd
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.relaxed import relaxed

hyperscan: Any
try:
    import hyperscan
except ImportError:  # no wheel for this platform: looking for the texts one by one gives the same hits, more slowly
    hyperscan = None

#: Longest part of a line that is looked at, in bytes.
LONGEST_LINE = 8192


class Looker(Protocol):
    """Finds the lines worth a look."""

    def candidates(self, text: bytes) -> Candidates:
        """Return every line that some pattern may match, perhaps more. Lines are numbered as in ``text``."""
        ...


class FixedTexts:
    """Looks for the most telling fixed text of each pattern. Ready at once; slow where such a text is everywhere.

    It is given what :func:`~sickbay.signatures.factors.factors` says of each pattern.
    """

    def __init__(self, required: Sequence[Sequence[Factors]]) -> None:
        self._wherever: list[int] = []  # patterns without fixed texts: every line is worth a look
        self._meant_by: dict[bytes, list[int]] = defaultdict(list)
        for number, found in enumerate(required):
            for text in found[0] if found else ():
                self._meant_by[text].append(number)
            if not found:
                self._wherever.append(number)

    def candidates(self, text: bytes) -> Candidates:
        """Look for the texts."""
        folded = fold(text)
        found = Candidates(folded)
        found.note_everywhere(self._wherever)
        for fixed, patterns in self._meant_by.items():
            place = folded.find(fixed)
            while place >= 0:
                place = folded.find(fixed, found.note(place, patterns))
        return found


class Vectorscan:
    """Looks for a relaxed form of every pattern in one go. Takes a second or two to make ready."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._wherever: list[int] = []
        expressions = [
            (number, each) for number, pattern in enumerate(patterns) for each in relaxed(pattern.expression)
        ]
        self._count = len(patterns)
        try:
            self._database = _compiled(expressions)
        except hyperscan.error:
            self._database = _compiled(self._that_compile(expressions))

    def candidates(self, text: bytes) -> Candidates:
        """Look for all patterns."""
        folded = cut_lines(fold_odd(text))
        found = Candidates(folded)
        found.note_everywhere(self._wherever)
        done = [-1] * self._count  # where the line ends that is noted already

        def note(pattern: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if end > done[pattern]:
                done[pattern] = found.note(end - 1, (pattern,))

        if self._database is not None:
            self._database.scan(folded, match_event_handler=note)
        return found

    def _that_compile(self, expressions: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        """Leave out what is too large or matches nothing at all: those patterns are tried on every line."""
        good = []
        for number, expression in expressions:
            try:
                _compiled([(number, expression)])
            except hyperscan.error:
                self._wherever.append(number)
            else:
                good.append((number, expression))
        return good


def cut_lines(text: bytes) -> bytes:
    """Return a text whose lines end where nothing more is looked at."""
    step = LONGEST_LINE // 2  # a longer line covers at least one step whole
    if all(text.find(b"\n", place, place + step) >= 0 for place in range(0, len(text) - step, step)):
        return text
    return b"\n".join(line[:LONGEST_LINE] for line in text.split(b"\n"))


def _compiled(expressions: Sequence[tuple[int, bytes]]) -> Any:  # noqa: ANN401  (the binding has no types)
    if not expressions:
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression for _, expression in expressions],
        ids=[number for number, _ in expressions],
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(expressions),
    )
    return database
