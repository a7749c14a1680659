"""The read model of many jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Prefetch

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, ExecutorHost, JobArray
from container_manager.models.container_job import ContainerJobQuerySet
from container_manager.services.errors import InvalidFilterError
from container_manager.services.given_secrets import known_secrets, spec_with
from container_manager.services.job_detail import masked_spec
from container_manager.validation.problems import did_you_mean

#: A word for the statuses of jobs that hold a place on a host.
ACTIVE_FILTER = "active"


@dataclass(frozen=True, kw_only=True)
class JobSummary:
    """One line of a list. What an attempt tells is of the last one; ``None`` means not known (yet)."""

    id: int
    name: str
    status: Status
    image: str
    command: tuple[str, ...]
    host: str | None
    attempts: int
    array: int | None
    array_index: int | None
    created_at: datetime
    finished_at: datetime | None
    duration_seconds: float | None
    exit_code: int | None
    failure_reason: str
    cause: str
    peak_memory_mb: float | None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def list_jobs(
    *,
    status: str | None = None,
    host: str | None = None,
    name: str | None = None,
    array: int | None = None,
    limit: int = 50,
) -> tuple[JobSummary, ...]:
    """Return the newest jobs, newest first, in a constant number of queries.

    ``status`` is a status or ``"active"``; ``host`` the host asked for or tried; ``name`` a part of the job's name;
    ``array`` the id of an array.

    Raises :class:`~container_manager.services.errors.InvalidFilterError` for a status, a host, or an array that does
    not exist.
    """
    jobs = _filtered(status=status, host=host, name=name)
    if array is not None:
        jobs = jobs.filter(array=_known_array(array))
    attempts = Attempt.objects.select_related("host", "diagnosis").order_by("number")
    shown = jobs.select_related("host").prefetch_related(Prefetch("attempts", queryset=attempts)).order_by("-id")
    listed = list(shown[: max(0, limit)])
    secrets = known_secrets(listed)
    return tuple(_summary(job, list(job.attempts.all()), secrets) for job in listed)


def _filtered(*, status: str | None, host: str | None, name: str | None) -> ContainerJobQuerySet:
    jobs = ContainerJob.objects.all()
    if status is not None:
        jobs = jobs.active() if status == ACTIVE_FILTER else jobs.filter(status=_known_status(status))
    if host is not None:
        jobs = jobs.by_host(_known_host(host))
    if name is not None:
        jobs = jobs.filter(name__icontains=name)
    return jobs


def _known_status(status: str) -> str:
    known = [known.value for known in Status]
    if status not in known:
        fix = did_you_mean(status, known, otherwise=f"There are {', '.join([*known, ACTIVE_FILTER])}.")
        raise InvalidFilterError(f"No status is called {status!r}. {fix}")
    return status


def _known_host(host: str) -> str:
    known = list(ExecutorHost.objects.values_list("name", flat=True))
    if host not in known:
        listed = f"There are {', '.join(known)}." if known else "There is none yet."
        raise InvalidFilterError(f"No host is called {host!r}. {did_you_mean(host, known, otherwise=listed)}")
    return host


def _known_array(array: int) -> int:
    if not JobArray.objects.filter(pk=array).exists():
        raise InvalidFilterError(f"There is no array {array}.")
    return array


def _summary(job: ContainerJob, attempts: Sequence[Attempt], secrets: Mapping[str, str]) -> JobSummary:
    last = attempts[-1] if attempts else None
    host = last.host if last else job.host
    duration = last.duration if last else None
    diagnosis = getattr(last, "diagnosis", None)
    return JobSummary(
        id=job.pk,
        name=job.name,
        status=Status(job.status),
        image=job.image,
        command=masked_spec(spec_with(job.run_spec(), job, secrets)).command,
        host=host.name if host else None,
        attempts=len(attempts),
        array=job.array_id,
        array_index=job.array_index,
        created_at=job.created_at,
        finished_at=job.finished_at,
        duration_seconds=None if duration is None else duration.total_seconds(),
        exit_code=last.exit_code if last else None,
        failure_reason=job.failure_reason or (last.failure_reason if last else ""),
        cause=diagnosis.cause if diagnosis else "",
        peak_memory_mb=last.peak_memory_mb if last else None,
    )
