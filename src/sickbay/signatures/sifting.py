"""What a pattern cannot do without, asked of one line: much cheaper than the pattern itself where it is a large one."""

from __future__ import annotations

import re
from functools import cached_property

from sickbay.signatures.factors import fold, fold_odd
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.relaxed import relaxed
from sickbay.signatures.telling import Telling, tellings


class Sieve:
    """The ways through one pattern."""

    def __init__(self, pattern: Pattern) -> None:
        self._ways = [_Way(each) for each in tellings(pattern.expression)]

    def lets_through(self, line: FoldedLine) -> bool:
        """Say whether the pattern may match: never no where it does."""
        return any(way.fits(line) for way in self._ways)


class FoldedLine:
    """A line as :mod:`sickbay.signatures.factors` and :mod:`sickbay.signatures.relaxed` want it."""

    def __init__(self, line: bytes) -> None:
        self.folded = fold(line)
        self.cased = fold_odd(line)


class _Way:
    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._texts = telling.all_texts()

    @cached_property
    def _form(self) -> re.Pattern[bytes]:
        return re.compile(relaxed(self._telling))

    def fits(self, line: FoldedLine) -> bool:
        # Written out: it is asked of every line that is worth a look, a dozen times for some patterns.
        folded = line.folded
        for alternatives in self._texts:
            for text in alternatives:
                if text in folded:
                    break
            else:
                return False
        return self._form.search(line.cased) is not None
