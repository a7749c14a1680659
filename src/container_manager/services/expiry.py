"""Jobs that waited too long: which may still begin, and the chore that ends the others.

Any worker ends them, whether or not it has room for anything, and by the database's clock. A job that is pending and
whose moment has come is not begun any more, even before somebody has ended it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from container_manager.lifecycle.events import Expired
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.models import Attempt, ContainerJob
from container_manager.services.pending_ends import PendingEnd, end_pending
from container_manager.services.prepared import Given, PreparedSelect

#: Jobs ended in one transaction.
_AT_ONCE = 500


def may_begin() -> Q:
    """Pending jobs that wait for no other, whose time has come and is not over, with nothing left to clear away."""
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=Now())
    return due & in_time & Q(is_clearing=False, is_blocked=False)


def expire_pending() -> Sequence[int]:
    """End the pending jobs that waited too long, and return their ids."""
    ended: list[int] = []
    while found := _expire_some():
        ended += found
        if len(found) < _AT_ONCE:
            break
    return ended


def _expire_some() -> list[int]:
    with transaction.atomic():
        jobs = _LATE()
        tried = _tried(jobs) if jobs else set()
        return end_pending([_end_of(job, was_tried=job.pk in tried) for job in jobs])


def _late(_: Given) -> QuerySet[ContainerJob]:
    late = ContainerJob.objects.pending().filter(expires_at__lte=Now()).order_by("id")
    skip = connection.features.has_select_for_update_skip_locked
    return late.select_for_update(skip_locked=skip)[:_AT_ONCE]


_LATE = PreparedSelect(_late)


def _tried(jobs: Sequence[ContainerJob]) -> set[int]:
    """Return those of which an attempt was made since they were restarted."""
    attempts = Attempt.objects.filter(job__in=jobs, number__gt=F("job__restarted_after"))
    return set(attempts.values_list("job_id", flat=True))


def _end_of(job: ContainerJob, *, was_tried: bool) -> PendingEnd:
    reason, message = _why(job, was_tried=was_tried)
    after = transition(Status.PENDING, Expired(reason=reason))
    return PendingEnd(job=job, after=after, kind="expired", message=message)


def _why(job: ContainerJob, *, was_tried: bool) -> tuple[FailureReason, str]:
    if job.deadline is not None and job.expires_at is not None and job.deadline <= job.expires_at:
        return FailureReason.DEADLINE, f"its deadline came while it waited: {job.deadline:%Y-%m-%d %H:%M:%S} UTC"
    if was_tried:
        return FailureReason.TOTAL_TIMEOUT, f"all attempts together may take {_shown(job.total_timeout_seconds)}"
    return FailureReason.QUEUE_TIMEOUT, f"no attempt began within {_shown(job.queue_timeout_seconds)}"


def _shown(seconds: float | None) -> str:
    # A limit that somebody has taken away since must not keep the others from being heeded.
    return "a time that is not known any more" if seconds is None else f"{seconds:g} s"
