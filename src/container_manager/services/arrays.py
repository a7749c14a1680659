"""Arrays: many jobs from one request, submitted, summed up, and restarted together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Unpack

import msgspec
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, F, OuterRef, Subquery

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, Diagnosis, JobArray
from container_manager.models.job_waits import FAILED
from container_manager.request.array import check_array, check_array_waits
from container_manager.request.graph import Upstream
from container_manager.request.job_request import JobRequestFields
from container_manager.services.errors import ServiceError
from container_manager.services.restart import restart_job
from container_manager.services.submit import checked_draft
from container_manager.validation.problems import Problems


class UnknownArrayError(ServiceError):
    """No array has this id."""

    def __init__(self, array_id: int) -> None:
        super().__init__(f"There is no array {array_id}.")
        self.array_id = array_id


@dataclass(frozen=True, kw_only=True)
class SubmittedArray:
    """The array that was stored."""

    id: int
    size: int

    @property
    def as_upstream(self) -> Upstream:
        """What a job waits for when it waits for this array."""
        return Upstream(id=self.id, is_array=True)


@dataclass(frozen=True, kw_only=True)
class FirstFailure:
    """The job of an array that failed first, and its diagnosis: empty where none is made yet."""

    job_id: int
    index: int
    failure_reason: str
    cause: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Durations:
    """How long the last attempts of the jobs that completed ran, in seconds."""

    shortest: float
    median: float
    longest: float


@dataclass(frozen=True, kw_only=True)
class ArraySummary:
    """An array at a glance. ``counts`` has every status that a job of it is in, ``failed_indexes`` are in order."""

    id: int
    name: str
    size: int
    max_running: int | None
    created_at: datetime
    counts: Mapping[Status, int]
    failed_indexes: tuple[int, ...]
    durations: Durations | None
    first_failure: FirstFailure | None

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen to any of its jobs any more."""
        return all(status.is_terminal for status in self.counts)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain | {"is_over": self.is_over}


def submit_array(
    *,
    size: int,
    max_running: int | None = None,
    host: str | None = None,
    owner: AbstractBaseUser | None = None,
    **fields: Unpack[JobRequestFields],
) -> SubmittedArray:
    """Check a request and store ``size`` pending jobs of it, of which at most ``max_running`` are active at once.

    Each job has its place in ``SICKBAY_ARRAY_INDEX``, from 0, and ``size`` in ``SICKBAY_ARRAY_SIZE``. They are ordinary
    jobs otherwise: each is retried, cancelled, and restarted by itself. The other arguments are those of
    :func:`~container_manager.services.submit.submit_job`.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`; nothing is stored then.
    """
    problems = Problems()
    shape = check_array(size, max_running, fields, problems)
    draft = checked_draft(problems, host=host, owner=owner, **fields)
    check_array_waits(len(draft.waits), shape)
    array = ContainerJob.objects.make_array(draft, shape)
    return SubmittedArray(id=array.pk, size=array.size)


def summarize_array(array_id: int) -> ArraySummary:
    """Return an array's summary, in a number of queries that does not depend on its size.

    Raises :class:`UnknownArrayError`.
    """
    array = _find(array_id)
    jobs = ContainerJob.objects.filter(array=array)
    counted = dict(jobs.order_by().values_list("status").annotate(count=Count("pk")))
    return ArraySummary(
        id=array.pk,
        name=array.name,
        size=array.size,
        max_running=array.max_running,
        created_at=array.created_at,
        counts={status: counted[status] for status in Status if status in counted},
        failed_indexes=tuple(index for index, _ in _failed(array)),
        durations=_durations(array),
        first_failure=_first_failure(array),
    )


def restart_failed(array_id: int, *, asked_by: str = "") -> Sequence[int]:
    """Restart the jobs of an array that failed or ran out of time, each by itself; return their indexes.

    Those that completed, were cancelled, or go on are left alone. A call that breaks off can be repeated.

    Raises :class:`UnknownArrayError`, and what :func:`~container_manager.services.restart.restart_job` raises.
    """
    failed = _failed(_find(array_id))
    for _, job_id in failed:
        restart_job(job_id, asked_by=asked_by)
    return [index for index, _ in failed]


def index_ranges(indexes: Iterable[int]) -> str:
    """Return indexes as people write them: ``0-3, 7``."""
    ranges: list[list[int]] = []
    for index in sorted(indexes):
        if ranges and index == ranges[-1][1] + 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def _find(array_id: int) -> JobArray:
    array: JobArray | None = JobArray.objects.filter(pk=array_id).first()
    if array is None:
        raise UnknownArrayError(array_id)
    return array


def _failed(array: JobArray) -> list[tuple[int, int]]:
    """Return the index and the id of each job that failed."""
    rows = ContainerJob.objects.filter(array=array, status__in=FAILED).order_by("array_index")
    return [(index or 0, pk) for index, pk in rows.values_list("array_index", "pk")]


def _durations(array: JobArray) -> Durations | None:
    newest = Attempt.objects.filter(job=OuterRef("job")).order_by("-number").values("pk")[:1]
    completed = Attempt.objects.filter(job__array=array, job__status=Status.COMPLETED, pk=Subquery(newest))
    ran = completed.filter(started_at__isnull=False).order_by().values_list("started_at", "finished_at", "ended_at")
    seconds = [
        (finished or ended or started).timestamp() - started.timestamp()
        for started, finished, ended in ran.iterator()
        if started is not None
    ]
    if not seconds:
        return None
    return Durations(shortest=round(min(seconds), 3), median=round(median(seconds), 3), longest=round(max(seconds), 3))


def _first_failure(array: JobArray) -> FirstFailure | None:
    failed = ContainerJob.objects.filter(array=array, status__in=FAILED)
    job = failed.order_by(F("finished_at").asc(), "array_index").first()
    if job is None:
        return None
    diagnosis = Diagnosis.objects.filter(attempt__job=job).order_by("-attempt__number").first()
    return FirstFailure(
        job_id=job.pk,
        index=job.array_index or 0,
        failure_reason=job.failure_reason,
        cause=diagnosis.cause if diagnosis else "",
        title=diagnosis.title if diagnosis else "",
    )
