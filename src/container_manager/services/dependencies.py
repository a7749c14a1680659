"""What the end of jobs means for those that wait for it: they may begin, or they never can and end too.

All of it happens in the transaction in which a job ends, so that no end is forgotten whatever crashes. The rows of the
jobs that end must be locked whole (``select_for_update()``) before they are given to :func:`follow_ends`: whoever makes
a dependent holds a share of them (:mod:`container_manager.models.job_waits`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from container_manager.lifecycle.events import CancelRequested
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import TERMINAL, Status
from container_manager.models import ContainerJob, JobArray, JobDependency, JobEvent
from container_manager.models.container_job import ContainerJobQuerySet
from container_manager.models.job_making import CANCELLED_BY_UPSTREAM
from container_manager.models.job_waits import FAILED, ends_of, in_words, prospects
from container_manager.request.graph import Upstream, Wait, stored_wait
from container_manager.scheduling.policy import After
from container_manager.scheduling.waits import Ends, Prospect, overall
from container_manager.services.prepared import PreparedSelect
from container_manager.services.queue_clock import start_queue_clock

MET = "dependencies_met"
"""The kind of the event that tells that a job waits for no other any more."""

#: Jobs that are looked at in one statement.
_BITE = 500


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What followed: the jobs that wait for nothing any more, and those that waited for what can never come."""

    released: tuple[int, ...] = ()
    cancelled: tuple[int, ...] = ()

    def __add__(self, other: Followed) -> Followed:
        return Followed(released=self.released + other.released, cancelled=self.cancelled + other.cancelled)


def follow_ends(ended: Collection[ContainerJob]) -> Followed:
    """Release or cancel what waited for these jobs, which are over, and what waited for those that are cancelled.

    Call it in the transaction that ends them. A job that nothing waits for, outside an array, costs one look into an
    index.
    """
    ids = [job.pk for job in ended]
    arrays = {job.array_id for job in ended if job.array_id is not None}
    followed = Followed()
    while ids:
        step = _settle_in_bites(_waiting_for(ids, arrays))
        followed += step
        ids = list(step.cancelled)
        arrays = _arrays_of(ids)
    return followed


def settle_forgotten() -> Followed:
    """Settle jobs that still wait although it is decided, and say what became of them.

    There are none unless what they waited for was deleted, or they were made by a transaction that does not read
    committed data. Any worker looks for them now and then.
    """
    with transaction.atomic():
        step = _settle(list(_decided().order_by("pk").values_list("pk", flat=True)[:_BITE]))
        return step + follow_ends(ContainerJob.objects.filter(pk__in=step.cancelled)) if step.cancelled else step


def _waiting_for(ids: Sequence[int], arrays: Collection[int]) -> Sequence[int]:
    if arrays:
        # Of two jobs of an array that end at once, the later one sees the earlier one's end.
        list(JobArray.objects.filter(pk__in=arrays).select_for_update().order_by("pk").values_list("pk"))
    found: set[int] = set()
    for first in range(0, len(ids), _BITE):
        found.update(job for (job,) in _WAITING_FOR(ids=ids[first : first + _BITE]))
    if arrays:
        found.update(JobDependency.objects.filter(upstream_array__in=arrays).order_by().values_list("job", flat=True))
    return sorted(found)


_WAITING_FOR = PreparedSelect(
    lambda given: JobDependency.objects.filter(upstream__id__in=given.all("ids")).order_by().values_list("job")
)


def _arrays_of(ids: Sequence[int]) -> set[int]:
    if not ids:
        return set()
    members = ContainerJob.objects.filter(pk__in=ids, array__isnull=False)
    return set(members.order_by().values_list("array", flat=True).distinct())


def _settle_in_bites(job_ids: Sequence[int]) -> Followed:
    followed = Followed()
    for first in range(0, len(job_ids), _BITE):
        followed += _settle(job_ids[first : first + _BITE])
    return followed


def _settle(job_ids: Collection[int]) -> Followed:
    """Release or cancel those of these jobs for which it is decided. What waits for them is the caller's to follow."""
    if not job_ids:
        return Followed()
    # Locked before anything is read: of two upstream jobs that end at once, the later one sees the earlier one's end.
    blocked = ContainerJob.objects.pending().filter(pk__in=job_ids, is_blocked=True)
    held = list(blocked.select_for_update().order_by("pk").values_list("pk", flat=True))
    waits = _waits_of(held)
    standing = _standing({wait for found in waits.values() for wait in found if wait is not None})
    prospect_of = {pk: overall(_prospect(wait, standing) for wait in found) for pk, found in waits.items()}
    released = [pk for pk, found in prospect_of.items() if found is Prospect.MET]
    cancelled = [pk for pk, found in prospect_of.items() if found is Prospect.IMPOSSIBLE]
    _release(released)
    _cancel({pk: _lost(waits[pk], standing) for pk in cancelled})
    return Followed(released=tuple(released), cancelled=tuple(cancelled))


def _waits_of(job_ids: Sequence[int]) -> Mapping[int, Sequence[Wait | None]]:
    """Return what each of these jobs waits for; ``None`` stands for what was deleted."""
    waits: dict[int, list[Wait | None]] = {pk: [] for pk in job_ids}
    dependencies = JobDependency.objects.filter(job__in=job_ids).order_by("pk")
    # Each upstream may be None; the stubs do not know that.
    rows: Iterable[tuple[int, int | None, int | None, str]]
    rows = dependencies.values_list("job", "upstream", "upstream_array", "after")
    for job, upstream, array, after in rows:
        waits[job].append(stored_wait(upstream, array, after))
    return waits


def _standing(waits: Collection[Wait]) -> Mapping[Wait, Prospect]:
    upstreams = list({wait.upstream for wait in waits})
    ends: dict[Upstream, Ends] = {}
    for first in range(0, len(upstreams), _BITE):
        ends.update(ends_of(ContainerJob.objects.all(), upstreams[first : first + _BITE]))
    return prospects(waits, ends)


def _prospect(wait: Wait | None, standing: Mapping[Wait, Prospect]) -> Prospect:
    return Prospect.IMPOSSIBLE if wait is None else standing[wait]


def _lost(waits: Sequence[Wait | None], standing: Mapping[Wait, Prospect]) -> Wait | None:
    return next(wait for wait in waits if _prospect(wait, standing) is Prospect.IMPOSSIBLE)


def _release(job_ids: Sequence[int]) -> None:
    if not job_ids:
        return
    ContainerJob.objects.filter(pk__in=job_ids).update(is_blocked=False)
    start_queue_clock(job_ids)
    _tell(dict.fromkeys(job_ids, ""), MET, Status.PENDING)


def _cancel(lost: Mapping[int, Wait | None]) -> None:
    if not lost:
        return
    after = transition(Status.PENDING, CancelRequested())
    ContainerJob.objects.filter(pk__in=lost).update(
        status=after.status, failure_reason=after.reason or "", finished_at=Now()
    )
    words = {wait: _in_words(wait) for wait in set(lost.values())}
    _tell({pk: words[wait] for pk, wait in lost.items()}, CANCELLED_BY_UPSTREAM, after.status)


def _in_words(wait: Wait | None) -> str:
    if wait is None:
        return "it was to run after a job that was deleted"
    return in_words(ContainerJob.objects.all(), wait)


def _tell(messages: Mapping[int, str], kind: str, status: Status) -> None:
    JobEvent.objects.bulk_create(
        JobEvent(job_id=pk, kind=kind, status=status, message=message, created_at=Now())
        for pk, message in messages.items()
    )


def _decided() -> ContainerJobQuerySet:
    waits = JobDependency.objects.filter(job=OuterRef("pk"))
    members = ContainerJob.objects.filter(array=OuterRef("upstream_array"))
    bad = (*FAILED, Status.CANCELLED)
    is_gone = Q(upstream__isnull=True, upstream_array__isnull=True)
    is_lost = Q(after=After.SUCCESS) & (Q(upstream__status__in=bad) | Exists(members.filter(status__in=bad)))
    is_open = Q(upstream__status__in=set(Status) - TERMINAL) | Exists(members.exclude(status__in=TERMINAL))
    blocked = ContainerJob.objects.pending().filter(is_blocked=True)
    return blocked.filter(Exists(waits.filter(is_gone | is_lost)) | ~Exists(waits.filter(is_open)))
