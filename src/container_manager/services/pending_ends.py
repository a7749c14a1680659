"""Ending jobs that are pending: no attempt is under way, so nobody needs to stop anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Now

from container_manager.lifecycle.machine import Transition
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, JobEvent
from container_manager.services.dependencies import follow_ends


@dataclass(frozen=True, kw_only=True)
class PendingEnd:
    """How a pending job ends: the machine's answer, and the kind and words of the event that tells of it."""

    job: ContainerJob
    after: Transition
    kind: str
    message: str = ""
    is_cancellation: bool = False


def end_pending(ends: Sequence[PendingEnd]) -> list[int]:
    """Store these ends with their events and return the ids; a job that moved on meanwhile is left alone.

    What waited for them is released or cancelled. Call it in a transaction that has locked the jobs' rows.
    """
    ended = [end for end in ends if _store(end)]
    JobEvent.objects.bulk_create(
        JobEvent(
            job_id=end.job.pk,
            attempt_number=None,
            kind=end.kind,
            status=end.after.status,
            message=end.message,
            created_at=Now(),
        )
        for end in ended
    )
    if ended:
        follow_ends([end.job for end in ended])
    return [end.job.pk for end in ended]


def _store(end: PendingEnd) -> bool:
    changes: dict[str, object] = {
        "status": end.after.status,
        "failure_reason": end.after.reason or "",
        "finished_at": Now(),
    }
    if not end.job.is_clearing:
        # It may be kept for one worker; whoever clears up after an attempt keeps its lease.
        changes |= {"lease_owner": "", "lease_expires_at": None}
    if end.is_cancellation:
        changes["cancel_requested_at"] = Now()
    return bool(ContainerJob.objects.filter(pk=end.job.pk, status=Status.PENDING).update(**changes))
