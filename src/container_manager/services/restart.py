"""Restarting a job: another attempt of the same job, counted anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import router, transaction
from django.db.models import Max
from django.db.models.functions import Now

from container_manager.conf import app_settings
from container_manager.lifecycle.events import Restarted
from container_manager.lifecycle.machine import IllegalTransitionError, transition
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, JobEvent
from container_manager.models.database_clock import database_now
from container_manager.models.job_making import outset
from container_manager.request.graph import stored_wait
from container_manager.services.errors import ServiceError, UnknownJobError


class NotRestartableError(ServiceError):
    """The job cannot be restarted. The message says why, and what to do instead."""

    def __init__(self, job_id: int, why: str) -> None:
        super().__init__(f"Job {job_id} {why}")
        self.job_id = job_id


@dataclass(frozen=True, kw_only=True)
class RestartedJob:
    """The job that is pending again, and the number that its next attempt will have."""

    job_id: int
    next_attempt: int


def restart_job(job_id: int, *, asked_by: str = "") -> RestartedJob:
    """Make a job pending again that failed, ran out of time, or was cancelled.

    Its earlier attempts stay as they are. The retry policy and the total and queue timeouts begin anew, the memory
    limit is the job's own again; the deadline stays. What it waits for must be over as it hopes, or may still be.

    Raises :class:`~container_manager.services.errors.UnknownJobError` and :class:`NotRestartableError`.
    """
    with transaction.atomic():
        job: ContainerJob | None = ContainerJob.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            raise UnknownJobError(job_id)
        status, begin = _status_after(job), _beginning(job)
        attempts = job.attempts.all()
        last = attempts.aggregate(last=Max("number"))["last"] or 0
        # A worker may still clear up after the last attempt, or has left that to the next one: a lease tells.
        is_left = app_settings().remove_containers and attempts.unremoved().exists()
        changes = {
            "status": status,
            "finished_at": None,
            "failure_reason": "",
            "cancel_requested_at": None,
            "not_before": None,
            "is_blocked": False,
            "restarted_after": last,
            "raised_memory_limit": None,
            "is_clearing": is_left or job.lease_expires_at is not None,
            **begin,
        }
        if not ContainerJob.objects.filter(pk=job_id, status=job.status).update(**changes):
            raise NotRestartableError(job_id, "moved on in this very moment; look again.")
        message = f"asked for by {asked_by}" if asked_by else ""
        JobEvent.objects.create(job_id=job_id, kind="restarted", status=status, message=message, created_at=Now())
    return RestartedJob(job_id=job_id, next_attempt=last + 1)


def _beginning(job: ContainerJob) -> Mapping[str, object]:
    """Return the columns of a job that begins now to wait for what it was made to wait for."""
    rows = job.dependencies.values_list("upstream", "upstream_array", "after")
    waits = [wait for row in rows if (wait := stored_wait(*row)) is not None]
    policy = replace(job.policy, not_before=None)
    begin = outset(ContainerJob.objects.all(), replace(job.request, policy=policy, waits=tuple(waits)))
    if begin.hopeless:
        raise NotRestartableError(job.pk, f"waits for what can never come: {begin.hopeless}. Restart that first.")
    return begin.columns


def _status_after(job: ContainerJob) -> Status:
    try:
        after = transition(Status(job.status), Restarted()).status
    except IllegalTransitionError as error:
        raise NotRestartableError(job.pk, _why_not(Status(job.status))) from error
    if job.deadline is not None and job.deadline <= database_now(router.db_for_write(ContainerJob)):
        why = f"had its deadline at {job.deadline:%Y-%m-%d %H:%M:%S} UTC: clone it with another one."
        raise NotRestartableError(job.pk, why)
    return after


def _why_not(status: Status) -> str:
    if status is Status.COMPLETED:
        return "completed, and what waited for it may have begun: clone it to run the same again."
    return f"is {status.value}: only what is over can be restarted; cancel it first."
