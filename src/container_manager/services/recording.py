"""What a worker writes about an attempt. Every write is guarded by the job's fencing token.

A status changes only here, by the pure machine's answer: one guarded update and one ``JobEvent`` in one transaction.
Each call is safe to repeat by the next worker, which begins with what it finds stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Coalesce, Now

from container_manager.executors.base import Exited
from container_manager.lifecycle.events import Event, RetryScheduled, Started
from container_manager.lifecycle.machine import Transition, transition
from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, JobEvent
from container_manager.services.dependencies import follow_ends
from container_manager.services.leases import Lease, LeaseLostError, locked_job
from container_manager.services.retrying import Aftermath, aftermath, failure_of
from container_manager.services.usage_records import usage_columns

STOPPING = "stopping"
"""The kind of the event that says *we* are about to stop an attempt; its message is the cause."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an attempt ended: what happened, in which words, and what the platform reported, if it could."""

    kind: str
    event: Event
    message: str = ""
    exit_code: int | None = None
    observation: Exited | None = None
    signal: int | None = None
    is_transient: bool = False
    """Whether the platform says of a refused launch that it may succeed later."""
    usage_series: bytes | None = None
    """What was sampled while it ran, packed."""


def add_event(lease: Lease, kind: str, status: Status, message: str = "") -> None:
    """Tell of something that happened to a job; call it inside the transaction of the change."""
    add_events([(lease, kind, status, message)])


def add_events(events: Iterable[tuple[Lease, str, Status, str]]) -> None:
    """Tell of what happened to many jobs, in one statement."""
    JobEvent.objects.bulk_create(
        JobEvent(
            job_id=lease.job_id,
            attempt_number=lease.attempt_number,
            kind=kind,
            status=status,
            message=message,
            worker=lease.worker,
            created_at=Now(),
        )
        for lease, kind, status, message in events
    )


def record_started(lease: Lease, handle: str, started_at: datetime | None) -> Status:
    """Store that the platform runs the attempt, and by which handle it is found; return the job's status now.

    A repeated call only stores the handle and the time.
    """
    with transaction.atomic():
        job = locked_job(lease)
        before = Status(job.status)
        found: dict[str, object] = {"handle": handle}
        if started_at is not None:
            found["started_at"] = started_at
        attempt = Attempt.objects.get(pk=lease.attempt_id)
        first_time = not attempt.handle
        if attempt.started_at is None and started_at is None:
            found["started_at"] = Now()
        Attempt.objects.filter(pk=lease.attempt_id).update(**found)
        if before is Status.RUNNING or not first_time:
            return before
        after = transition(before, Started())
        _store(lease, before, after)
        add_event(lease, "started", after.status)
        return after.status


def record_ended(lease: Lease, ending: Ending) -> Transition:
    """Store how the attempt ended, and with it the job, or when the job is tried again: it is pending then.

    The caller has stored the log before.
    """
    with transaction.atomic():
        job = locked_job(lease)
        before = Status(job.status)
        after = transition(before, ending.event)
        follows = _aftermath(job, lease, ending, after)
        if follows.is_tried_again:
            after = replace(transition(after.status, RetryScheduled()), reason=after.reason)
        _store(lease, before, after, follows.columns)
        outcome = _outcome(ending) | {"failure_reason": after.reason or "", "failure_message": ending.message}
        Attempt.objects.filter(pk=lease.attempt_id).update(ended_at=Now(), log_complete=True, **outcome)
        add_event(lease, ending.kind, after.status, ending.message)
        if follows.kind:
            add_event(lease, follows.kind, after.status, follows.message)
        if after.status.is_terminal:
            follow_ends([job])
        return after


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


def record_cleared(lease: Lease, *, removed: bool) -> None:
    """Store that nothing is left to do for the attempt, and end the lease."""
    with transaction.atomic():
        job = locked_job(lease)
        done: dict[str, object] = {"sealed_secrets": None}
        if removed:
            done["removed_at"] = Coalesce("removed_at", Now())
        Attempt.objects.filter(pk=lease.attempt_id).update(**done)
        ContainerJob.objects.filter(pk=job.pk, lease_token=lease.token).update(
            lease_owner="", lease_expires_at=None, is_clearing=False
        )


def statuses(job_ids: Collection[int]) -> Mapping[int, Status]:
    """Return where these jobs stand; one that was deleted is missing."""
    rows = ContainerJob.objects.filter(pk__in=job_ids).values_list("pk", "status")
    return {pk: Status(status) for pk, status in rows}


def _aftermath(job: ContainerJob, lease: Lease, ending: Ending, after: Transition) -> Aftermath:
    exit_code = ending.exit_code if ending.observation is None else ending.observation.exit_code
    number = lease.attempt_number
    failure = failure_of(job, number, after.reason, exit_code=exit_code, is_transient=ending.is_transient)
    return aftermath(job, number, after.status, failure)


def _store(lease: Lease, before: Status, after: Transition, columns: Mapping[str, object] | None = None) -> None:
    changes: dict[str, object] = {"status": after.status, **(columns or {})}
    if after.status.is_terminal:
        changes |= {"finished_at": Now(), "failure_reason": after.reason or ""}
    guard = ContainerJob.objects.filter(pk=lease.job_id, status=before, lease_token=lease.token)
    if not guard.update(**changes):
        raise LeaseLostError(lease)


def _outcome(ending: Ending) -> dict[str, object]:
    seen = ending.observation
    if seen is None:
        return {"exit_code": ending.exit_code}
    outcome: dict[str, object] = {
        "exit_code": seen.exit_code,
        "signal": ending.signal,
        "oom_killed": seen.oom_killed,
        "finished_at": seen.finished_at,
        **usage_columns(seen.usage),
    }
    if ending.usage_series is not None:
        outcome["usage_series"] = ending.usage_series
    if seen.started_at is not None:
        outcome["started_at"] = seen.started_at
    return outcome
