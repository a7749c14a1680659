"""Cancelling jobs: one, or all that a filter finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from container_manager.lifecycle.events import CancelRequested
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, JobArray, JobEvent
from container_manager.models.container_job import ContainerJobQuerySet
from container_manager.services.errors import InvalidFilterError, JobAlreadyEndedError, UnknownJobError
from container_manager.services.job_detail import how_it_ended, load_job_detail
from container_manager.services.pending_ends import PendingEnd, end_pending

_KIND = "cancel_requested"

#: Jobs cancelled in one transaction.
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """What became of the request to cancel."""

    job_id: int
    status: Status
    """``cancelled`` where nothing ran yet, otherwise ``cancelling``: a worker stops the attempt."""
    was_asked_before: bool


@dataclass(frozen=True, kw_only=True)
class Cancellations:
    """What became of a request to cancel many: the ids of those that were cancelled by it, each kind in order."""

    cancelled: tuple[int, ...] = ()
    """Those that were pending."""
    cancelling: tuple[int, ...] = ()
    """Those that a worker stops."""
    asked_before: tuple[int, ...] = ()
    """Those that were being cancelled already."""

    def __add__(self, other: Cancellations) -> Cancellations:
        return Cancellations(
            cancelled=self.cancelled + other.cancelled,
            cancelling=self.cancelling + other.cancelling,
            asked_before=self.asked_before + other.asked_before,
        )


def cancel_job(job_id: int, *, asked_by: str = "") -> Cancellation:
    """Cancel a job: one that is pending at once, one that runs as soon as a worker has stopped it.

    Any worker does that: where the one that started it is gone, the next one takes the job over and stops it. Asking
    again changes nothing. Raises :class:`~container_manager.services.errors.UnknownJobError`, and
    :class:`~container_manager.services.errors.JobAlreadyEndedError`, which says how the job ended.
    """
    while True:
        with transaction.atomic():
            job: ContainerJob | None = ContainerJob.objects.select_for_update().filter(pk=job_id).first()
            if job is None:
                raise UnknownJobError(job_id)
            if Status(job.status).is_terminal:
                break
            found = _cancel([job], asked_by)
        # Whoever moved the job on in between, where rows cannot be locked, makes us look again.
        if found.cancelled or found.cancelling or found.asked_before:
            status = Status.CANCELLED if found.cancelled else Status.CANCELLING
            return Cancellation(job_id=job_id, status=status, was_asked_before=bool(found.asked_before))
    raise JobAlreadyEndedError(job_id, job.status, how_it_ended(load_job_detail(job_id)))


def cancel_jobs(
    *, queue: str | None = None, array: int | None = None, name: str | None = None, asked_by: str = ""
) -> Cancellations:
    """Cancel every job that is not over and fits all that is given: its queue, its array, its exact name.

    Jobs made after the call began are left alone. It works in bites: a call that breaks off can be repeated.

    Raises :class:`~container_manager.services.errors.InvalidFilterError` without any filter, and for an array that
    does not exist.
    """
    jobs = _fitting(queue=queue, array=array, name=name)
    highest = jobs.aggregate(highest=Max("pk"))["highest"]
    total, last = Cancellations(), 0
    while highest is not None:
        with transaction.atomic():
            bite = jobs.filter(pk__gt=last, pk__lte=highest).order_by("pk").select_for_update()
            found = list(bite[:_AT_ONCE])
            total += _cancel(found, asked_by)
        if len(found) < _AT_ONCE:
            break
        last = found[-1].pk
    return total


def _fitting(*, queue: str | None, array: int | None, name: str | None) -> ContainerJobQuerySet:
    asked = {"queue": queue, "array": array, "name": name}
    given = {field: value for field, value in asked.items() if value is not None}
    if not given:
        raise InvalidFilterError("Say which jobs: give their queue, their array, or their name.")
    if array is not None and not JobArray.objects.filter(pk=array).exists():
        raise InvalidFilterError(f"There is no array {array}.")
    return ContainerJob.objects.filter(status__in=[s for s in Status if not s.is_terminal], **given)


def _cancel(jobs: Sequence[ContainerJob], asked_by: str) -> Cancellations:
    """Cancel these jobs, none of which is over. Those that moved on since they were read are in no answer."""
    message = f"asked for by {asked_by}" if asked_by else ""
    waiting = transition(Status.PENDING, CancelRequested())
    cancelled = end_pending(
        [
            PendingEnd(job=job, after=waiting, kind=_KIND, message=message, is_cancellation=True)
            for job in jobs
            if job.status == Status.PENDING
        ]
    )
    active = [job for job in jobs if job.status in {Status.LAUNCHING, Status.RUNNING}]
    return Cancellations(
        cancelled=tuple(cancelled),
        cancelling=tuple(job.pk for job in active if _ask_worker(job, message)),
        asked_before=tuple(job.pk for job in jobs if job.status == Status.CANCELLING),
    )


def _ask_worker(job: ContainerJob, message: str) -> bool:
    after = transition(Status(job.status), CancelRequested()).status
    # The database's clock, as in everything that workers write.
    guard = ContainerJob.objects.filter(pk=job.pk, status=job.status)
    if not guard.update(status=after, cancel_requested_at=Now()):
        return False
    JobEvent.objects.create(job_id=job.pk, kind=_KIND, status=after, message=message, created_at=Now())
    return True
