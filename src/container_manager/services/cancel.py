"""Cancelling a job."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from container_manager.lifecycle.events import CancelRequested
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob
from container_manager.services.errors import JobAlreadyEndedError, UnknownJobError
from container_manager.services.job_detail import how_it_ended, load_job_detail


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """What became of the request to cancel."""

    job_id: int
    status: Status
    """``cancelled`` where nothing ran yet, otherwise ``cancelling``: a worker stops the attempt."""
    was_asked_before: bool


def cancel_job(job_id: int, *, asked_by: str = "") -> Cancellation:
    """Cancel a job: one that is pending at once, one that runs as soon as a worker has stopped it.

    Asking again changes nothing. Raises :class:`~container_manager.services.errors.UnknownJobError`, and
    :class:`~container_manager.services.errors.JobAlreadyEndedError`, which says how the job ended.
    """
    while True:
        status = _status_of(job_id)
        if status.is_terminal:
            raise JobAlreadyEndedError(job_id, status, how_it_ended(load_job_detail(job_id)))
        after = transition(status, CancelRequested()).status
        if after is status:
            return Cancellation(job_id=job_id, status=after, was_asked_before=True)
        # Guarded by the status that was read: whoever moved the job on in between makes us look again.
        if _store(job_id, status, after, asked_by):
            return Cancellation(job_id=job_id, status=after, was_asked_before=False)


def _status_of(job_id: int) -> Status:
    status = ContainerJob.objects.filter(pk=job_id).values_list("status", flat=True).first()
    if status is None:
        raise UnknownJobError(job_id)
    return Status(status)


def _store(job_id: int, before: Status, after: Status, asked_by: str) -> bool:
    # The database's clock, as in everything that workers write.
    changes: dict[str, object] = {"status": after, "cancel_requested_at": Now()}
    if after.is_terminal:
        changes["finished_at"] = Now()
    with transaction.atomic():
        changed = ContainerJob.objects.filter(pk=job_id, status=before).update(**changes)
        if changed:
            message = f"asked for by {asked_by}" if asked_by else ""
            job = ContainerJob.objects.get(pk=job_id)
            job.events.create(kind="cancel_requested", status=after, message=message, created_at=Now())
    return bool(changed)
