"""Which known name was probably meant, at a bounded cost."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

# Comparing every unknown name with every known one would take quadratic time in a large template.
_MOST_QUESTIONS = 20
_MOST_KNOWN = 1000
_LONGEST = 100


class Suggestions:
    """Answers the first questions of one compilation."""

    def __init__(self) -> None:
        self._left = _MOST_QUESTIONS

    def nearest(self, word: str, known: Iterable[str]) -> str | None:
        """Return the known name that is nearest to ``word``, or ``None`` where none is near."""
        if self._left == 0 or len(word) > _LONGEST:
            return None
        self._left -= 1
        names = [name for name in islice(known, _MOST_KNOWN) if len(name) <= _LONGEST]
        same = [name for name in names if name.casefold() == word.casefold()]
        near = same or get_close_matches(word, sorted(names), n=1)
        return near[0] if near else None

    def question(self, word: str, known: Iterable[str], *, otherwise: str) -> str:
        """Return "Did you mean …?", or ``otherwise``."""
        near = self.nearest(word, known)
        return otherwise if near is None else f"Did you mean {near}?"
