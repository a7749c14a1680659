"""How an attempt's log lies in its chunks: its beginning for good, then a tail that moves on. Pure.

The first half of the cap is the head. What comes behind it belongs to the tail, of which the last other half is kept.
Chunks never lie across the end of the head, so that one is either kept for good or dropped whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

CHUNK_BYTES = 64 * 1024

#: How finely the kept end of a log is cut when its cap is small.
_CHUNKS_PER_CAP = 16

#: A flood is compressed quickly, and what comes little by little well.
_MUCH_BYTES = 256 * 1024
_QUICKLY = 1
_WELL = 6


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Bytes of one stream as they are stored (secrets masked), beginning at ``offset`` of that stream."""

    stream: str
    offset: int
    written_at: datetime
    data: bytes


@dataclass(frozen=True, kw_only=True)
class PackedChunk:
    """A chunk as it is stored: ``data`` is compressed, ``size`` is how many bytes it stands for."""

    position: int
    stream: str
    offset: int
    size: int
    written_at: datetime
    data: bytes


class LogLayout:
    """Where the next chunks of an attempt go. Begin with what is stored of it; one writer has it at a time."""

    def __init__(self, stored: Mapping[str, object], cap: int) -> None:
        self.head_cap = cap // 2
        self.tail_cap = cap - cap // 2
        self._position = _number(stored.get("position"), 0)
        self._head_left = _number(stored.get("head_left"), self.head_cap)
        tail_from = stored.get("tail_from")
        self._tail_from = tail_from if isinstance(tail_from, int) else None
        self._chunk_bytes = max(1, min(CHUNK_BYTES, cap // _CHUNKS_PER_CAP))

    @property
    def head_is_full(self) -> bool:
        """Whether everything that comes now belongs to the tail."""
        return not self._head_left

    @property
    def state(self) -> dict[str, object]:
        """What the next writer must know."""
        return {"position": self._position, "head_left": self._head_left, "tail_from": self._tail_from}

    def pack(self, segments: Sequence[Segment]) -> list[PackedChunk]:
        """Cut and compress; what this takes, it takes without Python's lock. Ranks the chunks behind all before."""
        level = _QUICKLY if sum(len(segment.data) for segment in segments) > _MUCH_BYTES else _WELL
        made: list[PackedChunk] = []
        for segment in segments:
            start = 0
            while start < len(segment.data):
                size = min(self._chunk_bytes, self._head_left) if self._head_left else self._chunk_bytes
                piece = segment.data[start : start + size]
                made.append(self._chunk(segment, start, piece, level))
                start += len(piece)
        return made

    def _chunk(self, segment: Segment, start: int, piece: bytes, level: int) -> PackedChunk:
        self._position += 1
        if self._head_left:
            self._head_left -= len(piece)
        elif self._tail_from is None:
            self._tail_from = self._position
        return PackedChunk(
            position=self._position,
            stream=segment.stream,
            offset=segment.offset + start,
            size=len(piece),
            written_at=segment.written_at,
            data=zlib.compress(piece, level),
        )


def surplus_end(sizes: Sequence[tuple[int, int]], cap: int) -> int | None:
    """Return the position before which a tail of these chunks (position, size) is to be dropped to fit its cap."""
    surplus = sum(size for _, size in sizes) - cap
    if surplus <= 0:
        return None
    for position, size in sizes:
        surplus -= size
        if surplus <= 0:
            return position + 1
    return None


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise
