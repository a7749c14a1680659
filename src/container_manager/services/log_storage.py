"""Storing attempts' output: compressed chunks as they came, beginning and end kept, the gap between countable.

The place up to which a log was read is stored in the same transaction as its chunks, so that a restart neither loses
nor doubles a byte. What many attempts wrote meanwhile is stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, LogChunk
from container_manager.services.leases import Lease, LeaseLostError
from container_manager.services.log_layout import LogLayout, PackedChunk, Segment, surplus_end
from container_manager.services.recording import add_event

GAP = "log_gap"
"""The kind of the event, one for an attempt, that says that its stored output has a hole the platform made."""


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


@dataclass(frozen=True, kw_only=True)
class PackedBatch:
    """A batch ready to be stored."""

    batch: LogBatch
    chunks: Sequence[PackedChunk]
    layout: Mapping[str, object]
    """Where the chunks behind these go."""
    tail_cap: int


def packed(batch: LogBatch, layout: LogLayout) -> PackedBatch:
    """Compress a batch, which takes time, and move the layout on. For a thread."""
    chunks = layout.pack(batch.segments)
    return PackedBatch(batch=batch, chunks=chunks, layout=layout.state, tail_cap=layout.tail_cap)


def append_log(lease: Lease, batch: PackedBatch) -> None:
    """Store a batch and the place behind it. Raises :class:`~container_manager.services.leases.LeaseLostError`."""
    if append_logs([(lease, batch)]):
        raise LeaseLostError(lease)


def append_logs(writes: Sequence[tuple[Lease, PackedBatch]]) -> Sequence[Lease]:
    """Store batches of several attempts in one transaction; return the leases that are lost, whose are not stored."""
    with transaction.atomic():
        statuses = _held([lease for lease, _ in writes])
        attempts = Attempt.objects.in_bulk([lease.attempt_id for lease, _ in writes])
        lost, news = [], []
        for lease, write in writes:
            attempt = attempts.get(lease.attempt_id)
            if lease not in statuses or attempt is None:
                lost.append(lease)
            elif attempt.log_cursor.get("batch", 0) < write.batch.number:
                news.append((lease, write))
        LogChunk.objects.bulk_create(_row(lease, chunk) for lease, write in news for chunk in write.chunks)
        for lease, write in news:
            _note(lease, write, statuses[lease])
    return lost


def _held(leases: Sequence[Lease]) -> dict[Lease, Status]:
    """Lock the jobs of those leases that still hold; return where they stand."""
    jobs = (
        ContainerJob.objects.select_for_update(no_key=True)
        .filter(pk__in=[lease.job_id for lease in leases])
        .order_by("pk")
    )
    found = {pk: (token, status) for pk, token, status in jobs.values_list("pk", "lease_token", "status")}
    known = ((lease, *found.get(lease.job_id, (None, ""))) for lease in leases)
    return {lease: Status(status) for lease, token, status in known if token == lease.token}


def _row(lease: Lease, chunk: PackedChunk) -> LogChunk:
    return LogChunk(
        attempt_id=lease.attempt_id,
        position=chunk.position,
        stream=chunk.stream,
        offset=chunk.offset,
        size=chunk.size,
        first_written_at=chunk.written_at,
        data=chunk.data,
    )


def _note(lease: Lease, write: PackedBatch, status: Status) -> None:
    """Drop what the tail is too long by, and store the place behind the batch."""
    batch, tail_from = write.batch, write.layout.get("tail_from")
    if isinstance(tail_from, int) and write.chunks:
        _drop_the_middle(lease.attempt_id, tail_from, write.tail_cap)
    if batch.after_gap:
        _tell_of_gap(lease, status)
    Attempt.objects.filter(pk=lease.attempt_id).update(
        log_cursor={**batch.cursor, "batch": batch.number, **write.layout},
        stdout_bytes=batch.stdout_bytes,
        stderr_bytes=batch.stderr_bytes,
        log_complete=batch.complete,
    )


def _drop_the_middle(attempt_id: int, tail_from: int, cap: int) -> None:
    """Delete the oldest chunks of the tail until it fits."""
    tail = LogChunk.objects.filter(attempt_id=attempt_id, position__gte=tail_from)
    end = surplus_end(list(tail.order_by("position").values_list("position", "size")), cap)
    if end is not None:
        tail.filter(position__lt=end).delete()


def _tell_of_gap(lease: Lease, status: Status) -> None:
    told = ContainerJob(pk=lease.job_id).events.filter(kind=GAP, attempt_number=lease.attempt_number)
    if not told.exists():
        add_event(lease, GAP, status, "the platform may have dropped output before it was read")
