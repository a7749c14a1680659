"""The fastest way to the lines that are worth a look: Vectorscan, for all patterns at once.

Patterns never reach over the end of a line, and whole lines are handed over, so its block mode does for texts that come
in pieces too: its stream mode is slower and keeps more.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Sequence
from functools import cache
from threading import Lock
from typing import Any

from sickbay.signatures.candidates import Candidates
from sickbay.signatures.factors import fold_odd
from sickbay.signatures.kept import Kept, key_of
from sickbay.signatures.lookers import LONGEST_LINE, library
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.relaxed import relaxed

#: The modules that decide what is compiled for a pattern.
_RULES = ("factors.py", "relaxed.py", "telling.py", "vectorscan.py")


class Vectorscan:
    """Looks for a relaxed form of every pattern in one go."""

    def __init__(self, database: Any, wherever: Sequence[int], count: int) -> None:  # noqa: ANN401  (the binding has no types)
        self._database = database
        self._wherever = wherever
        self._count = count
        self._lock = Lock()  # a database scans for one thread at a time

    @classmethod
    def loaded(cls, patterns: Sequence[Pattern], kept: Kept) -> Vectorscan | None:
        """Return what was compiled before, ``None`` where there is nothing that fits and can be trusted."""
        data = kept.load(_key(patterns))
        if data is None:
            return None
        head, _, compiled = data.partition(b"\n")
        hyperscan = library("hyperscan")
        try:
            database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            return cls(database, [int(each) for each in json.loads(head)], len(patterns))
        except (hyperscan.error, ValueError, TypeError):
            return None

    @classmethod
    def compiled(cls, patterns: Sequence[Pattern], kept: Kept | None = None) -> Vectorscan:
        """Compile, which takes about a second for hundreds of patterns, and keep the result."""
        hyperscan = library("hyperscan")
        expressions = [
            (number, each) for number, pattern in enumerate(patterns) for each in relaxed(pattern.expression)
        ]
        wherever: list[int] = []
        try:
            database = _database(expressions)
        except hyperscan.error:
            good, wherever = _that_compile(expressions)
            database = _database(good)
        if kept is not None and database is not None:
            kept.store(_key(patterns), json.dumps(wherever).encode() + b"\n" + hyperscan.dumpb(database))
        return cls(database, wherever, len(patterns))

    def candidates(self, text: bytes, finished: Container[int] = ()) -> Candidates:
        """Look for all patterns."""
        folded = cut_lines(fold_odd(text))
        found = Candidates(folded)
        found.note_everywhere(each for each in self._wherever if each not in finished)
        done = [-1] * self._count  # where the line ends that is noted already

        def note(pattern: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if end > done[pattern]:
                done[pattern] = len(folded) if pattern in finished else found.note(end - 1, (pattern,))

        if self._database is not None:
            with self._lock:
                self._database.scan(folded, match_event_handler=note)
        return found


def cut_lines(text: bytes) -> bytes:
    """Return a text whose lines end where nothing more is looked at."""
    step = LONGEST_LINE // 2  # a longer line covers at least one step whole
    if all(text.find(b"\n", place, place + step) >= 0 for place in range(0, len(text) - step, step)):
        return text
    return b"\n".join(line[:LONGEST_LINE] for line in text.split(b"\n"))


def _database(expressions: Sequence[tuple[int, bytes]]) -> Any:  # noqa: ANN401  (as above)
    if not expressions:
        return None
    hyperscan = library("hyperscan")
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression for _, expression in expressions],
        ids=[number for number, _ in expressions],
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(expressions),
    )
    return database


def _that_compile(expressions: Iterable[tuple[int, bytes]]) -> tuple[list[tuple[int, bytes]], list[int]]:
    """Leave out what is too large or matches nothing at all: those patterns are tried on every line."""
    good, wherever = [], []
    for number, expression in expressions:
        try:
            _database([(number, expression)])
        except library("hyperscan").error:
            wherever.append(number)
        else:
            good.append((number, expression))
    return good, wherever


def _key(patterns: Sequence[Pattern]) -> str:
    """Return the name of what is compiled for these patterns, by these rules, for this processor and library."""
    return key_of(_RULES, [*_platform(), *(pattern.expression for pattern in patterns)])


@cache
def _platform() -> tuple[str, str]:
    return library("hyperscan").__version__, _database([(0, b"x")]).info().decode()
