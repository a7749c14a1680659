"""One database of Vectorscan's, and the patterns for which a match of each of its expressions is worth a look.

Patterns never reach over the end of a line, and whole lines are handed over, so its block mode does for texts that come
in pieces too: its stream mode is slower and keeps more.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from sickbay.signatures.candidates import Candidates
from sickbay.signatures.lookers import library

#: For whom an expression is looked for: the numbers of the patterns.
Meant = Mapping[bytes, Sequence[int]]


class Compiled:
    """Expressions over bytes, looked for in one go."""

    def __init__(self, database: Any, meant: Sequence[Sequence[int]], wherever: Sequence[int]) -> None:  # noqa: ANN401  (the binding has no types)
        self._database = database
        self._meant = meant
        self._wherever = wherever
        self._lock = Lock()  # a database scans for one thread at a time

    @classmethod
    def of(cls, expressions: Meant) -> Compiled:
        """Compile, which takes about a second for thousands of expressions.

        Patterns with an expression that the library does not take are worth a look everywhere.
        """
        good, wherever = list(expressions), list[int]()
        try:
            database = _database(good)
        except library("hyperscan").error:
            good = [each for each in expressions if _compiles(each)]
            wherever = sorted({one for each in expressions.keys() - set(good) for one in expressions[each]})
            database = _database(good)
        return cls(database, [expressions[each] for each in good], wherever)

    @classmethod
    def read(cls, data: bytes) -> Compiled | None:
        """Read what :meth:`written` gave, ``None`` where the library does not take it."""
        head, _, compiled = data.partition(b"\n")
        hyperscan = library("hyperscan")
        try:
            wherever, meant = json.loads(head)
            database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            return cls(database, [[int(one) for one in each] for each in meant], [int(one) for one in wherever])
        except (hyperscan.error, ValueError, TypeError):
            return None

    def written(self) -> bytes:
        """Return it as bytes, empty where there is nothing to look for."""
        if self._database is None:
            return b""
        head = json.dumps([list(self._wherever), [list(each) for each in self._meant]])
        return head.encode() + b"\n" + bytes(library("hyperscan").dumpb(self._database))

    def look_all(self, text: bytes, finished: Container[int]) -> Candidates:
        """Return the lines that are worth a look for patterns that are not finished."""
        found = self.look(text, finished, most=len(text) * len(self._meant))  # there cannot be more
        assert found is not None, "nobody gives up before there are more"
        return found

    def look(self, text: bytes, finished: Container[int], *, most: int) -> Candidates | None:
        """Return such lines, ``None`` where they are more than ``most``: it gives up then."""
        found = Candidates(text)
        found.note_everywhere(each for each in self._wherever if each not in finished)
        done = [-1] * len(self._meant)  # where the line ends that is noted already
        noted = 0

        def note(expression: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            nonlocal noted
            if end <= done[expression]:
                return False
            patterns = [each for each in self._meant[expression] if each not in finished]
            done[expression] = found.note(end - 1, patterns) if patterns else len(text)
            noted += bool(patterns)
            return noted > most

        if self._database is not None:
            try:
                with self._lock:
                    self._database.scan(text, match_event_handler=note)
            except library("hyperscan").ScanTerminated:
                return None
        return found


@cache
def platform() -> tuple[str, str]:
    """Return for what a database is good: the library's version, and the processor's features that it uses."""
    return library("hyperscan").__version__, _database([b"x"]).info().decode()


def _database(expressions: Sequence[bytes]) -> Any:  # noqa: ANN401  (as above)
    if not expressions:
        return None
    hyperscan = library("hyperscan")
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_MULTILINE] * len(expressions)
    database.compile(expressions=list(expressions), ids=list(range(len(expressions))), flags=flags)
    return database


def _compiles(expression: bytes) -> bool:
    """Say whether the library takes it: it does not where it is too large, or matches nothing at all."""
    try:
        _database([expression])
    except library("hyperscan").error:
        return False
    return True
