"""A text too long to be held: it is looked through once, as it is read, and its beginning and its end are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from sickbay.facts.cleaning import Cleaner
from sickbay.facts.model import last_lines_of

#: Bytes that are kept of the beginning, and of the end.
KEPT = 256 * 1024


class ReadTwiceError(RuntimeError):
    """A long text can be looked through once: its beginning is gone when its end has come."""


class LongText:
    """A :class:`~sickbay.facts.model.Text` of raw bytes that come in blocks, cut anywhere.

    They are read when the text is looked through, or when something is asked that only its end can tell.
    """

    def __init__(self, name: str, blocks: Iterable[bytes]) -> None:
        self.name = name
        self._blocks = iter(blocks)
        self._has_begun = False
        self._is_read = False
        self._line_ends = 0
        self._length = 0
        self._head = b""
        self._tail: deque[bytes] = deque()
        self._tail_length = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the clean text as it is read. Raises :class:`ReadTwiceError` when it is asked for again."""
        if self._has_begun:
            raise ReadTwiceError(f"the text {self.name!r} was looked through already")
        self._has_begun = True
        cleaner = Cleaner()
        for block in self._blocks:
            yield self._kept(cleaner.feed(block))
        yield self._kept(cleaner.finish())
        self._is_read = True

    @property
    def data(self) -> bytes:
        """The beginning and the end; a line between them says how many bytes were left out."""
        self._read()
        tail = b"".join(self._tail)
        left_out = self._length - len(self._head) - len(tail)
        if not left_out:
            return self._head + tail
        return self._head + f"\n[… {left_out} bytes left out …]\n".encode() + tail

    @property
    def beginning(self) -> bytes:
        """At most :data:`KEPT` bytes of its beginning."""
        self._read()
        return self._head

    @property
    def end(self) -> bytes:
        """What is kept of its end, behind the beginning."""
        self._read()
        return b"".join(self._tail)

    @property
    def line_count(self) -> int:
        """How many lines there are; a last line without an end counts."""
        self._read()
        ends_whole = (self._tail[-1] if self._tail else self._head).endswith(b"\n")
        return self._line_ends + (0 if ends_whole or not self._length else 1)

    def last_lines(self, most: int) -> list[tuple[int, str]]:
        """Return the last lines that are not blank, at most so many, with their numbers from 1."""
        self._read()
        end = b"".join(self._tail) if self._length > len(self._head) + self._tail_length else self.data
        return last_lines_of(end, self._line_ends + 1, most)

    def _read(self) -> None:
        if not self._is_read:
            for _ in self.pieces():
                pass

    def _kept(self, piece: bytes) -> bytes:
        """Keep the beginning and the end, and count."""
        self._line_ends += piece.count(b"\n")
        self._length += len(piece)
        missing = KEPT - len(self._head)
        self._head += piece[:missing] if missing > 0 else b""
        if rest := piece[missing:] if missing > 0 else piece:
            self._tail.append(rest[-KEPT:])
            self._tail_length += len(self._tail[-1])
        while self._tail_length - len(self._tail[0] if self._tail else b"") >= KEPT:
            self._tail_length -= len(self._tail.popleft())
        return piece
