"""Storing an attempt's output: compressed chunks as they came, beginning and end kept, the gap between countable.

The place up to which the log was read is stored in the same transaction as the chunks, so that a restart neither loses
nor doubles a byte.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, LogChunk
from container_manager.services.leases import Lease, locked_job
from container_manager.services.recording import add_event

GAP = "log_gap"
"""The kind of the event, one for an attempt, that says that its stored output has a hole the platform made."""

CHUNK_BYTES = 64 * 1024

#: How finely the kept end of a log is cut when its cap is small.
_CHUNKS_PER_CAP = 16


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Bytes of one stream as they are stored (secrets masked), beginning at ``offset`` of that stream."""

    stream: str
    offset: int
    written_at: datetime
    data: bytes


@dataclass(frozen=True, kw_only=True)
class LogBatch:
    """What was read since the last batch, and where the reading stands after it.

    ``number`` counts an attempt's batches, so that one whose answer was lost is not stored twice.
    """

    number: int
    segments: Sequence[Segment]
    cursor: Mapping[str, object]
    stdout_bytes: int
    stderr_bytes: int
    complete: bool = False
    after_gap: bool = False
    """Whether the platform may have dropped output that was not read yet."""


def append_log(lease: Lease, batch: LogBatch, *, cap: int) -> None:
    """Store a batch and the place behind it. Raises :class:`~container_manager.services.leases.LeaseLostError`."""
    with transaction.atomic():
        job = locked_job(lease)
        attempt = Attempt.objects.get(pk=lease.attempt_id)
        if attempt.log_cursor.get("batch", 0) >= batch.number:
            return
        if batch.after_gap and not job.events.filter(kind=GAP, attempt_number=attempt.number).exists():
            add_event(lease, GAP, Status(job.status), "the platform may have dropped output before it was read")
        layout = _Layout(attempt, cap)
        chunks = [chunk for segment in batch.segments for chunk in layout.chunks(segment)]
        LogChunk.objects.bulk_create(chunks)
        layout.drop_the_middle()
        Attempt.objects.filter(pk=attempt.pk).update(
            log_cursor={**batch.cursor, "batch": batch.number, **layout.state()},
            stdout_bytes=batch.stdout_bytes,
            stderr_bytes=batch.stderr_bytes,
            log_complete=batch.complete,
        )


class _Layout:
    """How an attempt's chunks lie: the first half of the cap is kept for good, behind it a tail that moves on."""

    def __init__(self, attempt: Attempt, cap: int) -> None:
        stored = attempt.log_cursor
        self._attempt = attempt
        self._position: int = stored.get("position", 0)
        self._head_left: int = stored.get("head_left", cap // 2)
        self._tail_from: int | None = stored.get("tail_from")
        self._tail_cap = cap - cap // 2
        self._chunk_bytes = max(1, min(CHUNK_BYTES, cap // _CHUNKS_PER_CAP))

    def state(self) -> dict[str, object]:
        """What the next batch must know."""
        return {"position": self._position, "head_left": self._head_left, "tail_from": self._tail_from}

    def chunks(self, segment: Segment) -> Sequence[LogChunk]:
        """Cut a segment so that no chunk lies across the end of the head."""
        made = []
        start = 0
        while start < len(segment.data):
            size = min(self._chunk_bytes, self._head_left) if self._head_left else self._chunk_bytes
            piece = segment.data[start : start + size]
            made.append(self._chunk(segment, start, piece))
            start += len(piece)
        return made

    def drop_the_middle(self) -> None:
        """Delete the oldest chunks of the tail until it fits."""
        if self._tail_from is None:
            return
        tail = LogChunk.objects.filter(attempt=self._attempt, position__gte=self._tail_from).order_by("position")
        surplus = (tail.aggregate(size=Sum("size"))["size"] or 0) - self._tail_cap
        if surplus <= 0:
            return
        first_kept = self._tail_from
        for position, size in tail.values_list("position", "size"):
            first_kept, surplus = position + 1, surplus - size
            if surplus <= 0:
                break
        tail.filter(position__lt=first_kept).delete()
        self._tail_from = first_kept

    def _chunk(self, segment: Segment, start: int, piece: bytes) -> LogChunk:
        self._position += 1
        if self._head_left:
            self._head_left -= len(piece)
        elif self._tail_from is None:
            self._tail_from = self._position
        return LogChunk(
            attempt=self._attempt,
            position=self._position,
            stream=segment.stream,
            offset=segment.offset + start,
            size=len(piece),
            first_written_at=segment.written_at,
            data=zlib.compress(piece),
        )
