"""The fixed texts that a pattern cannot do without, asked of one line: much cheaper than a large pattern itself."""

from __future__ import annotations

from sickbay.signatures.pattern import Pattern
from sickbay.signatures.telling import tellings


class Sieve:
    """The ways through one pattern, each with the sets of texts of which its every match holds one."""

    def __init__(self, pattern: Pattern) -> None:
        self._ways = [way.all_texts() for way in tellings(pattern.expression)]

    def lets_through(self, folded: bytes) -> bool:
        """Say whether the pattern may match in a line after ``factors.fold``: never no where it does."""
        # Written out: it is asked of every line that is worth a look, a dozen times for some patterns.
        for way in self._ways:
            for alternatives in way:
                for text in alternatives:
                    if text in folded:
                        break
                else:
                    break  # one of these texts is missing, so this way is not taken
            else:
                return True
        return False
