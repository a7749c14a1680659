"""Storing attempts' output: compressed chunks as they came, beginning and end kept, the gap between countable.

The place up to which a log was read is stored in the same transaction as its chunks, so that a restart neither loses
nor doubles a byte. What many attempts wrote meanwhile is stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, LogChunk
from container_manager.services.leases import Lease, LeaseLostError, locked_jobs
from container_manager.services.log_layout import LogLayout, PackedChunk, Segment, surplus_end
from container_manager.services.prepared import PreparedSelect
from container_manager.services.recording import add_event
from container_manager.services.row_inserts import insert_rows
from container_manager.services.row_updates import RowUpdate, update_rows

GAP = "log_gap"
"""The kind of the event, one for an attempt, that says that its stored output has a hole the platform made."""


_NEVER = 2**63


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
    if not writes:
        return []
    with transaction.atomic(savepoint=False):
        jobs = locked_jobs([lease for lease, _ in writes], only=("status",))
        update_rows(Attempt, store_batches(jobs, writes))
    return [lease for lease, _ in writes if lease not in jobs]


def store_batches(
    jobs: Mapping[Lease, ContainerJob], writes: Sequence[tuple[Lease, PackedBatch]]
) -> Sequence[RowUpdate]:
    """Store the batches of those attempts whose jobs are among these, which are locked.

    Return what is still to be written to the attempts' rows: the places behind the batches.
    """
    held = [(lease, write) for lease, write in writes if lease in jobs]
    if not held:
        return []
    cursors: dict[int, dict[str, Any]] = dict(_CURSORS(ids=[lease.attempt_id for lease, _ in held]))
    # What was stored when an answer was lost comes again; an attempt that somebody deleted has nothing to store for.
    last = {attempt: cursor.get("batch", 0) for attempt, cursor in cursors.items()}
    news = [(lease, write) for lease, write in held if last.get(lease.attempt_id, _NEVER) < write.batch.number]
    insert_rows(_row(lease, chunk) for lease, write in news for chunk in write.chunks)
    for lease, write in news:
        _tidy(lease, write, Status(jobs[lease].status))
    return [_noted(lease, write) for lease, write in news]


_CURSORS = PreparedSelect(
    lambda given: Attempt.objects.filter(pk__in=given.all("ids")).order_by().values_list("pk", "log_cursor")
)


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


def _tidy(lease: Lease, write: PackedBatch, status: Status) -> None:
    """Drop what the tail is too long by, and tell of a gap."""
    batch, tail_from = write.batch, write.layout.get("tail_from")
    if isinstance(tail_from, int) and write.chunks:
        _drop_the_middle(lease.attempt_id, tail_from, write.tail_cap)
    if batch.after_gap:
        _tell_of_gap(lease, status)


def _noted(lease: Lease, write: PackedBatch) -> RowUpdate:
    """The place behind the batch."""
    batch = write.batch
    changes = {
        "log_cursor": {**batch.cursor, "batch": batch.number, **write.layout},
        "stdout_bytes": batch.stdout_bytes,
        "stderr_bytes": batch.stderr_bytes,
        "log_complete": batch.complete,
    }
    return RowUpdate(where={"id": lease.attempt_id}, changes=changes)


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
