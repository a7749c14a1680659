"""How many more jobs of an array may become active: never more than its ``max_running`` at once."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, F, Q

from container_manager.models import Attempt, ContainerJob, JobArray
from container_manager.services.turns import take_turn


def room_in_its_array() -> Q:
    """Jobs of no array, or of one that may have another active job. Counted from the live rows, once for a query."""
    # By way of the live attempts, so that the jobs of an array that are over cost nothing.
    live = Attempt.objects.live().order_by().values("job_id")
    limited = ContainerJob.objects.active().filter(pk__in=live, array__max_running__isnull=False).order_by()
    counted = limited.values("array").annotate(active=Count("pk"))
    return ~Q(array__in=counted.filter(active__gte=F("array__max_running")).values("array"))


class ArraySlots:
    """The places that arrays have left, given out one by one inside a claim's transaction.

    Claims that ask for such places take turns: what one gives out, the next one counts.
    """

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self._seen: set[int] = set()

    def look_up(self, jobs: Collection[ContainerJob]) -> None:
        """Count what is active of these jobs' arrays; call it before ``has_room`` is asked about them."""
        new = {job.array_id for job in jobs if job.array_id is not None} - self._seen
        if not new:
            return
        self._seen |= new
        limited = JobArray.objects.filter(pk__in=new, max_running__isnull=False)
        limits = {array.pk: array.max_running for array in limited if array.max_running is not None}
        if limits:
            take_turn()
            active = ContainerJob.objects.active().filter(array__in=limits).order_by().values_list("array")
            running = dict(active.annotate(active=Count("pk")))
            self._left |= {pk: limit - running.get(pk, 0) for pk, limit in limits.items()}

    def has_room(self, job: ContainerJob) -> bool:
        """Whether one more job of this job's array may become active."""
        return job.array_id is None or self._left.get(job.array_id, 1) > 0

    def take(self, job: ContainerJob) -> None:
        """Count the job in."""
        if job.array_id in self._left:
            self._left[job.array_id] -= 1

    @property
    def full(self) -> Q:
        """The jobs of arrays that have no place left, of those that were looked up."""
        return Q(array__in=[pk for pk, left in self._left.items() if left <= 0])
