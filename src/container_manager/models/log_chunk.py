"""A piece of an attempt's output."""

from __future__ import annotations

from django.db import models

from container_manager.models.attempt import Attempt


class LogChunk(models.Model):
    """Bytes of one stream, compressed, as they were written (secrets masked).

    ``position`` orders the chunks of an attempt over both streams. ``offset`` is where the chunk begins in its stream,
    counted in masked bytes from the start of the stream, so that a gap between two chunks is a cut by the
    log's cap and can be counted. ``data`` is zlib-compressed.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="log_chunks")
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
