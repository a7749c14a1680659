"""Taking jobs over whose worker handed them back or is gone: nothing of them is begun anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from container_manager.conf import app_settings
from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, JobEvent
from container_manager.services.claims import (
    ClaimedAttempt,
    Context,
    claimed_attempt,
    locked_unless_taken,
    new_lease,
)
from container_manager.services.recording import STOPPING, add_events


def take_over(
    worker: str, *, limit: int, held: Collection[int] = (), only_job: int | None = None
) -> Sequence[ClaimedAttempt]:
    """Take up to ``limit`` jobs that nobody looks after any more, also those that only need clearing up.

    ``held`` are the worker's own jobs, which it looks after even where their leases have run out.
    """
    with transaction.atomic():
        jobs: list[ContainerJob] = []
        for left in _left_alone():
            room = limit - len(jobs)
            among = Q(pk=only_job) if only_job is not None else Q()
            found = ContainerJob.objects.filter(left, among).exclude(pk__in=[*held, *(job.pk for job in jobs)])
            # In no order: one by the id would tempt a planner to go through the whole history.
            jobs += locked_unless_taken(found.order_by())[:room] if room > 0 else []
        return _take(sorted(jobs, key=lambda job: job.pk), worker) if jobs else []


def _left_alone() -> Sequence[Q]:
    """The conditions that are asked one by one, so that each finds its own small index, however long the history."""
    waits_to_begin = Q(status=Status.PENDING, is_clearing=False)
    lease_ran_out = Q(lease_expires_at__isnull=False, lease_expires_at__lt=Now()) & ~waits_to_begin
    # A worker of an older version hands back in these two ways.
    live = Attempt.objects.live().order_by().values("job_id")
    without_lease = Q(pk__in=live, lease_expires_at__isnull=True) & ~waits_to_begin
    if not app_settings().remove_containers:
        return (lease_ran_out, without_lease)
    still_there = Q(pk__in=Attempt.objects.unremoved().order_by().values("job_id"), lease_expires_at__isnull=True)
    return (lease_ran_out, without_lease, still_there)


def _take(jobs: Sequence[ContainerJob], worker: str) -> Sequence[ClaimedAttempt]:
    ContainerJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
        **new_lease(worker, app_settings().lease_seconds)
    )
    attempts = _last_attempts(jobs)
    stopping = _stopping(jobs)
    context = Context.current()
    taken = []
    for job in jobs:
        attempt = attempts[job.pk]
        job.lease_token += 1
        claimed = claimed_attempt(job, attempt, worker, context)
        cause = stopping.get((job.pk, attempt.number), "")
        taken.append(replace(claimed, diagnosed=hasattr(attempt, "diagnosis"), stopped_for=cause))
    add_events((one.lease, "taken_over", one.status, "") for one in taken if not one.ended)
    return taken


def _last_attempts(jobs: Sequence[ContainerJob]) -> Mapping[int, Attempt]:
    """A job that was claimed once has an attempt."""
    attempts = Attempt.objects.filter(job__in=jobs).select_related("host", "diagnosis")
    return {attempt.job_id: attempt for attempt in attempts.order_by("job_id", "number")}


def _stopping(jobs: Sequence[ContainerJob]) -> Mapping[tuple[int, int], str]:
    events = JobEvent.objects.filter(job__in=jobs, kind=STOPPING).order_by("id")
    return {(job, number or 0): cause for job, number, cause in events.values_list("job", "attempt_number", "message")}
