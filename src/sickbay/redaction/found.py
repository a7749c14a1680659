"""What a layer found."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """A secret: where it stands, what it is called, and its value as the program meant it."""

    start: int
    end: int
    kind: str
    value: bytes

    def moved(self, by: int) -> Found:
        """Return it in a text in which it stands so much further."""
        return Found(self.start + by, self.end + by, self.kind, self.value)

    def at(self, start: int, end: int) -> Found:
        """Return it at another place."""
        return Found(start, end, self.kind, self.value)
