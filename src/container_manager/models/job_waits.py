"""How the things stand that a job waits for, read so that no end of one of them can slip through.

Whoever makes a dependent keeps a share of the rows it waits for until its transaction ends; whoever ends a job locks
its row whole. So either the end sees the dependent, or the dependent sees the end. The share (``FOR KEY SHARE``) does
not hinder a worker from prolonging its lease on the row. SQLite knows one writer at a time and needs neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.db import connections, models

from container_manager.lifecycle.status import TERMINAL, Status
from container_manager.models.job_array import JobArray
from container_manager.request.graph import Upstream, Wait
from container_manager.scheduling.waits import Ends, Prospect, prospect

if TYPE_CHECKING:
    from container_manager.models.container_job import ContainerJob

FAILED = (Status.FAILED, Status.TIMEOUT)


def hold_upstreams(jobs: models.QuerySet[ContainerJob], upstreams: Collection[Upstream]) -> None:
    """Keep these jobs and arrays from ending until the transaction is over."""
    # Jobs before arrays: the order in which an end locks them.
    ids = sorted(upstream.id for upstream in upstreams if not upstream.is_array)
    if ids:
        _hold(jobs.filter(pk__in=ids))
    arrays = sorted(upstream.id for upstream in upstreams if upstream.is_array)
    if arrays:
        _hold(JobArray.objects.using(jobs.db).filter(pk__in=arrays))


def _hold(rows: models.QuerySet[Any]) -> None:
    connection = connections[rows.db]
    ordered = rows.order_by("pk").values_list("pk")
    if connection.vendor == "postgresql":
        sql, parameters = ordered.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} FOR KEY SHARE", parameters)
    elif connection.features.has_select_for_update:
        list(ordered.select_for_update())


def ends_of(jobs: models.QuerySet[ContainerJob], upstreams: Collection[Upstream]) -> Mapping[Upstream, Ends]:
    """Return how these stand; what does not exist is missing."""
    ids = [upstream.id for upstream in upstreams if not upstream.is_array]
    found = {
        Upstream(id=pk): _ends_of_job(Status(status))
        for pk, status in jobs.filter(pk__in=ids).order_by().values_list("pk", "status")
    }
    arrays = [upstream.id for upstream in upstreams if upstream.is_array]
    if arrays:
        known = JobArray.objects.using(jobs.db).filter(pk__in=arrays).values_list("pk", flat=True)
        found |= {Upstream(id=pk, is_array=True): _ends_of_array(jobs.filter(array=pk)) for pk in known}
    return found


def _ends_of_job(status: Status) -> Ends:
    return Ends(any_open=not status.is_terminal, any_failed=status in FAILED, any_cancelled=status is Status.CANCELLED)


def _ends_of_array(jobs: models.QuerySet[ContainerJob]) -> Ends:
    # Each looks for one row in the index of the array's statuses, however many jobs there are.
    def has(statuses: Collection[Status]) -> bool:
        return jobs.filter(status__in=statuses).order_by().exists()

    return Ends(
        any_open=has(frozenset(Status) - TERMINAL), any_failed=has(FAILED), any_cancelled=has([Status.CANCELLED])
    )


def prospects(waits: Collection[Wait], ends: Mapping[Upstream, Ends]) -> Mapping[Wait, Prospect]:
    """Say how each of these waits stands; what was deleted can never be met."""
    return {
        wait: prospect(wait.after, ends[wait.upstream]) if wait.upstream in ends else Prospect.IMPOSSIBLE
        for wait in waits
    }


def in_words(jobs: models.QuerySet[ContainerJob], wait: Wait) -> str:
    """Say which end of which job makes a wait hopeless."""
    hoped = {"success": "the success of", "failure": "a failure of", "either": "the end of"}[wait.after]
    named = f"it was to run after {hoped} {wait.upstream}"
    if not wait.upstream.is_array:
        job = jobs.filter(pk=wait.upstream.id).first()
        return f"{named}, which {how_ended(job)}" if job else f"{named}, which was deleted"
    members = jobs.filter(array=wait.upstream.id)
    bad = members.filter(status__in=(*FAILED, Status.CANCELLED)).order_by("finished_at", "pk").first()
    if wait.after == "success" and bad is not None:
        return f"{named}, of which job {bad.pk} (index {bad.array_index}) {how_ended(bad)}"
    return f"{named}, of which no job failed"


def how_ended(job: ContainerJob) -> str:
    """Say in a few words how a job ended."""
    words = {
        Status.COMPLETED: "completed",
        Status.FAILED: "failed",
        Status.TIMEOUT: "was stopped at a time limit",
        Status.CANCELLED: "was cancelled",
    }
    status = Status(job.status)
    reason = job.failure_reason
    return words[status] + (f" ({reason})" if reason and reason not in {status.value, "cancelled"} else "")
