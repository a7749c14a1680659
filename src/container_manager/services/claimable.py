"""Which pending jobs may be begun now, and in which order: by priority, then the oldest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Count, Expression, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from container_manager.models import ContainerJob, JobQueue
from container_manager.models.container_job import ContainerJobQuerySet
from container_manager.services.array_slots import room_in_its_array
from container_manager.services.expiry import may_begin
from container_manager.services.leases import lapsed
from container_manager.services.prepared import Given, PreparedSelect
from container_manager.services.turns import take_turn


def claimable(
    worker: str | Expression, *, queues: Sequence[object] = (), only_job: int | None = None
) -> ContainerJobQuerySet:
    """Return the pending jobs that this worker may begin now, in their order; whether a host has room is not asked.

    ``queues`` narrows them to these queues; empty means all. Each value may be a prepared statement's slot.
    """
    # A pending job with a lease is kept for the worker that holds it (`run_job`).
    ours = Q(lease_owner="") | Q(lease_owner=worker) | lapsed()
    alone_enough = Q(concurrency_key="") | Q(concurrency_limit__gt=_active_with_its_key())
    jobs = _waiting(queues).filter(ours, may_begin(), alone_enough, room_in_its_array())
    return (jobs if only_job is None else jobs.filter(pk=only_job)).order_by("-priority", "id")


def seconds_until_due(*, queues: Collection[str] = ()) -> float | None:
    """Return how long it is, by the database's clock, until the next job becomes due; ``None`` if none waits."""
    given = {"queues": list(queues)} if queues else {}
    found = _NEXT_DUE(**given)
    return max(0.0, (found[0][0] - found[0][1]).total_seconds()) if found else None


def _next_due(given: Given) -> QuerySet[ContainerJob, Any]:
    queues = given.all("queues") if "queues" in given else ()
    waiting = _waiting(queues).filter(not_before__gt=Now()).order_by("not_before")
    return waiting.values_list("not_before", Now())[:1]


_NEXT_DUE = PreparedSelect(_next_due)


def _waiting(queues: Sequence[object]) -> ContainerJobQuerySet:
    jobs = ContainerJob.objects.pending().filter(is_blocked=False)
    if queues:
        jobs = jobs.filter(queue__in=queues)
    return jobs.exclude(queue__in=JobQueue.objects.paused().order_by().values("name"))


def _active_with_its_key() -> Coalesce:
    """Derived from the live rows and never from a counter: nothing that crashes can leave it wrong."""
    keyed = ContainerJob.objects.active().exclude(concurrency_key="")  # as the index says it
    same_key = keyed.filter(concurrency_key=OuterRef("concurrency_key")).order_by()
    return Coalesce(Subquery(same_key.values("concurrency_key").annotate(active=Count("pk")).values("active")), 0)


class Slots:
    """The places that jobs with a concurrency key have left, given out one by one inside a claim's transaction.

    Claims that ask for such places take turns: what one gives out, the next one counts.
    """

    def __init__(self) -> None:
        self._active: dict[str, int] = {}
        self._has_turn = False

    def look_up(self, keys: Collection[str]) -> None:
        """Count what is active with these keys; call it before ``has_room`` is asked about them."""
        new = {key for key in keys if key} - self._active.keys()
        if not new:
            return
        if not self._has_turn:
            take_turn()
            self._has_turn = True
        counted = ContainerJob.objects.active().filter(concurrency_key__in=new).order_by()
        rows = counted.values_list("concurrency_key").annotate(active=Count("pk"))
        self._active |= dict.fromkeys(new, 0) | dict(rows)

    def has_room(self, job: ContainerJob) -> bool:
        """Whether one more job with this job's key may become active beside it."""
        return not job.concurrency_key or self._active[job.concurrency_key] < job.concurrency_limit

    def take(self, job: ContainerJob) -> None:
        """Count the job in."""
        if job.concurrency_key:
            self._active[job.concurrency_key] += 1

    @property
    def full(self) -> Q:
        """The jobs whose key has no place left, of the keys that were looked up."""
        full = Q(pk__in=())
        for key, active in self._active.items():
            full |= Q(concurrency_key=key, concurrency_limit__lte=active)
        return full
