"""A piece of an attempt's output."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models

from container_manager.models.attempt import Attempt


@dataclass(kw_only=True)
class LogPlace:
    """How far a reader has come in one attempt's log. Moves on as it reads."""

    position: int = -1
    ends: dict[str, int] = field(default_factory=dict)
    """For each stream, how many of its bytes lie behind the reader."""


@dataclass(frozen=True, kw_only=True)
class LogPiece:
    """Bytes of one stream in the order they were stored, and how many bytes the log's cap cut just before them."""

    stream: str
    data: bytes
    cut_before: int = 0

    @property
    def marked_data(self) -> bytes:
        """The bytes, after a line that tells of the cut where there is one."""
        return cut_marker(self.cut_before) + self.data if self.cut_before else self.data


def cut_marker(size: int) -> bytes:
    """Return the line that stands in a log for bytes that were cut."""
    return f"\n[… {size} bytes cut …]\n".encode()


@dataclass(frozen=True, kw_only=True)
class ChunkPlace:
    """Where a chunk lies, without its bytes.

    ``position`` is its rank in the attempt's log, over both streams; ``offset`` and ``size`` count in its own.
    """

    position: int
    stream: str
    offset: int
    size: int
    written_at: datetime

    @property
    def end(self) -> int:
        """Where its stream goes on."""
        return self.offset + self.size


class LogChunk(models.Model):
    """Bytes of one stream, compressed, as they were written (secrets masked).

    ``position`` orders the chunks of an attempt over both streams. ``offset`` is where the chunk begins in its stream,
    counted in masked bytes from the start of the stream, so that a gap between two chunks is a cut by the
    log's cap and can be counted. ``data`` is zlib-compressed.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="log_chunks", db_index=False)
    position = models.PositiveIntegerField()
    stream = models.CharField(max_length=6)
    offset = models.PositiveBigIntegerField()
    size = models.PositiveIntegerField()
    first_written_at = models.DateTimeField()
    data = models.BinaryField()

    class Meta:
        ordering = ("attempt_id", "position")
        constraints = [models.UniqueConstraint(fields=("attempt", "position"), name="log_chunk_position_unique")]

    def __str__(self) -> str:
        return f"{self.stream} {self.offset}+{self.size} of attempt {self.attempt_id}"

    @property
    def content(self) -> bytes:
        """The bytes as they were written."""
        return zlib.decompress(self.data)

    @property
    def place(self) -> ChunkPlace:
        """Where it lies."""
        return ChunkPlace(
            position=self.position,
            stream=self.stream,
            offset=self.offset,
            size=self.size,
            written_at=self.first_written_at,
        )
