"""Jobs that waited too long: which may still begin, and the chore that ends the others.

Any worker ends them, whether or not it has room for anything, and by the database's clock. A job that is pending and
whose moment has come is not begun any more, even before somebody has ended it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import connection, router, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from container_manager.lifecycle.events import Expired
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.models import Attempt, ContainerJob
from container_manager.models.new_expiry import new_expiry
from container_manager.services.pending_ends import PendingEnd, end_pending

#: Jobs ended in one transaction.
_AT_ONCE = 500


def may_begin() -> Q:
    """Pending jobs whose time has come and is not over, and whose last attempt is cleared away."""
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=Now())
    return due & in_time & Q(is_clearing=False)


def expire_pending() -> Sequence[int]:
    """End the pending jobs that waited too long, and return their ids."""
    ended: list[int] = []
    while found := _expire_some():
        ended += found
        if len(found) < _AT_ONCE:
            break
    return ended


def start_queue_clock(job_ids: Collection[int]) -> None:
    """Let the queue timeout of these pending jobs begin now: nothing else keeps them any more.

    Call it in the transaction in which the last thing that a job waited for has happened.
    """
    for job in ContainerJob.objects.pending().filter(pk__in=job_ids, queue_timeout_seconds__isnull=False):
        expires_at = new_expiry(job.policy, router.db_for_write(ContainerJob))
        ContainerJob.objects.pending().filter(pk=job.pk).update(expires_at=expires_at)


def _expire_some() -> list[int]:
    tried = Attempt.objects.filter(job=OuterRef("pk"), number__gt=OuterRef("restarted_after"))
    with transaction.atomic():
        late = ContainerJob.objects.pending().filter(expires_at__lte=Now()).annotate(was_tried=Exists(tried))
        locked = late.select_for_update(of=("self",) if _locks_tables() else (), skip_locked=_skips_locked())
        return end_pending([_end_of(job, was_tried=job.was_tried) for job in locked.order_by("id")[:_AT_ONCE]])


def _end_of(job: ContainerJob, *, was_tried: bool) -> PendingEnd:
    reason, message = _why(job, was_tried=was_tried)
    after = transition(Status.PENDING, Expired(reason=reason))
    return PendingEnd(job=job, after=after, kind="expired", message=message)


def _why(job: ContainerJob, *, was_tried: bool) -> tuple[FailureReason, str]:
    if job.deadline is not None and job.expires_at is not None and job.deadline <= job.expires_at:
        return FailureReason.DEADLINE, f"its deadline came while it waited: {job.deadline:%Y-%m-%d %H:%M:%S} UTC"
    if was_tried:
        return FailureReason.TOTAL_TIMEOUT, f"all attempts together may take {job.total_timeout_seconds:g} s"
    waited = timedelta(seconds=job.queue_timeout_seconds or 0).total_seconds()
    return FailureReason.QUEUE_TIMEOUT, f"no attempt began within {waited:g} s"


def _skips_locked() -> bool:
    return connection.features.has_select_for_update_skip_locked


def _locks_tables() -> bool:
    return connection.features.has_select_for_update_of
