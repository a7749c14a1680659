"""What a worker writes about an attempt. Every write is guarded by the job's fencing token.

A status changes only here, by the pure machine's answer: one guarded update and one ``JobEvent`` in one transaction.
Each call is safe to repeat by the next worker, which begins with what it finds stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Now

from container_manager.lifecycle.events import Started
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, JobEvent
from container_manager.services.grouped import Grouped
from container_manager.services.leases import Lease, LeaseLostError, locked_job, locked_jobs, now_of
from container_manager.services.prepared import Given, PreparedUpdate
from container_manager.services.row_inserts import insert_rows
from container_manager.services.row_updates import RowUpdate, update_rows

#: One for all rows, so that it is put into words once.
_NOW = Now()

STOPPING = "stopping"
"""The kind of the event that says *we* are about to stop an attempt; its message is the cause."""


def add_event(lease: Lease, kind: str, status: Status, message: str = "") -> None:
    """Tell of something that happened to a job; call it inside the transaction of the change."""
    add_events([(lease, kind, status, message)])


def add_events(events: Iterable[tuple[Lease, str, Status, str]]) -> None:
    """Tell of what happened to many jobs, in one statement."""
    insert_rows(
        JobEvent(
            job_id=lease.job_id,
            attempt_number=lease.attempt_number,
            kind=kind,
            status=status,
            message=message,
            worker=lease.worker,
            created_at=_NOW,
        )
        for lease, kind, status, message in events
    )


@dataclass(frozen=True, kw_only=True)
class Start:
    """The platform runs an attempt, which is found there by ``handle``."""

    lease: Lease
    handle: str
    started_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Clearance:
    """Nothing is left to do for an attempt; ``removed`` when nothing of it is left on its platform either."""

    lease: Lease
    removed: bool


def _start(lease: Lease, handle: str, started_at: datetime | None) -> Start:
    return Start(lease=lease, handle=handle, started_at=started_at)


def _clearance(lease: Lease, *, removed: bool) -> Clearance:
    return Clearance(lease=lease, removed=removed)


def _record_starts(starts: Sequence[Start]) -> Sequence[Status | LeaseLostError]:
    """Store the usual case for all at once: claimed, and now running. Any other case is looked at one by one."""
    with transaction.atomic(savepoint=False):
        jobs = locked_jobs([start.lease for start in starts], only=("status",))
        usual = {s.lease: s for s in starts if s.lease in jobs and jobs[s.lease].status == Status.LAUNCHING}
        if usual:
            after = transition(Status.LAUNCHING, Started()).status
            _SET_STATUS(ids=[lease.job_id for lease in usual], status=after.value)
            update_rows(Attempt, (_started(s, s.started_at or now_of(jobs[s.lease])) for s in usual.values()))
            add_events((lease, "started", after, "") for lease in usual)
        return [
            Status.RUNNING if start.lease in usual else _record_start(start, jobs.get(start.lease)) for start in starts
        ]


def _record_start(start: Start, job: ContainerJob | None) -> Status | LeaseLostError:
    """Store one start; a repeated one only stores the handle and the time."""
    if job is None:
        return LeaseLostError(start.lease)
    before = Status(job.status)
    attempt = Attempt.objects.get(pk=start.lease.attempt_id)
    update_rows(Attempt, [_started(start, start.started_at or attempt.started_at or now_of(job))])
    if before is Status.RUNNING or attempt.handle:
        return before
    after = transition(before, Started()).status
    _SET_STATUS(ids=[job.pk], status=after.value)
    add_event(start.lease, "started", after)
    return after


def _started(start: Start, started_at: datetime) -> RowUpdate:
    changes = {"handle": start.handle, "started_at": started_at}
    return RowUpdate(where={"id": start.lease.attempt_id}, changes=changes)


def _record_clearances(clearances: Sequence[Clearance]) -> Sequence[LeaseLostError | None]:
    with transaction.atomic(savepoint=False):
        held = locked_jobs([one.lease for one in clearances], only=("is_clearing",))
        mine = [one for one in clearances if one.lease in held]
        for removed in {one.removed for one in mine}:
            _CLEAR_ATTEMPTS(removed, ids=[one.lease.attempt_id for one in mine if one.removed is removed])
        if mine:
            _END_LEASES(ids=[one.lease.job_id for one in mine])
    return [None if one.lease in held else LeaseLostError(one.lease) for one in clearances]


def _cleared(given: Given, removed: bool) -> tuple[QuerySet[Attempt], Mapping[str, object]]:
    done = {"removed_at": Coalesce("removed_at", Now())} if removed else {}
    return Attempt.objects.filter(pk__in=given.all("ids")), {"sealed_secrets": None, **done}


def _rows_of_jobs(given: Given) -> QuerySet[ContainerJob]:
    return ContainerJob.objects.filter(pk__in=given.all("ids"))


# What follows writes to rows that are locked already.
_SET_STATUS = PreparedUpdate(lambda given: (_rows_of_jobs(given), {"status": given.one("status")}))
_CLEAR_ATTEMPTS = PreparedUpdate(_cleared)
_END_LEASES = PreparedUpdate(
    lambda given: (_rows_of_jobs(given), {"lease_owner": "", "lease_expires_at": None, "is_clearing": False})
)


record_started = Grouped(_start, _record_starts)
"""Store that the platform runs the attempt, and by which handle it is found; return the job's status now.

A repeated call only stores the handle and the time.
"""

record_cleared = Grouped(_clearance, _record_clearances)
"""Store that nothing is left to do for the attempt, and end the lease."""


def note_stopping(lease: Lease, cause: str) -> Status:
    """Store that we are about to stop the attempt, so that after a crash its end is put down to us."""
    with transaction.atomic():
        status = Status(locked_job(lease).status)
        add_event(lease, STOPPING, status, cause)
        return status


def note_outside_signal(lease: Lease, signal: int) -> None:
    """Store that somebody else sent the attempt a signal through its platform."""
    with transaction.atomic():
        locked_job(lease)
        Attempt.objects.filter(pk=lease.attempt_id).update(outside_signal=signal)


def statuses(job_ids: Collection[int]) -> Mapping[int, Status]:
    """Return where these jobs stand; one that was deleted is missing."""
    rows = ContainerJob.objects.filter(pk__in=job_ids).values_list("pk", "status")
    return {pk: Status(status) for pk, status in rows}
