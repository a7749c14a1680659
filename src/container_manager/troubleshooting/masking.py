"""Keeping a job's secrets out of its stored log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class StreamMasker(Protocol):
    """Masks a byte stream piece by piece; what may be the beginning of a secret is held back until it is decided."""

    @property
    def held_back(self) -> int:
        """How many of the last bytes fed are undecided. A new masker fed only these goes on exactly as this one would.

        The log's reader saves the place before them, so that a restart neither loses nor doubles a byte.
        """
        ...

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes, return those that are safe to store now."""
        ...

    def finish(self) -> bytes:
        """Return what was held back, masked. Nothing may be fed after it."""
        ...


def stream_masker(secret_values: Sequence[str]) -> StreamMasker:
    """Return a masker for one stream of one attempt."""
    raise TypeError(secret_values)
