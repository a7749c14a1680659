"""The read model of what a job's attempts have used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from container_manager.models import Attempt, ContainerJob
from container_manager.scheduling.usage_series import UsagePoint
from container_manager.services.errors import UnknownJobError


@dataclass(frozen=True, kw_only=True)
class AttemptUsage:
    """What one attempt has used. ``None`` means not measured; ``sampled`` names figures that may have been higher."""

    number: int
    source: str
    sampled: tuple[str, ...]
    peak_memory_bytes: int | None
    memory_limit_mb: int | None
    cpu_seconds: float | None
    cpu_limit: float | None
    run_seconds: float | None
    oom_kills: int | None
    throttled_seconds: float | None
    throttled_periods: int | None
    cpu_periods: int | None
    io_read_bytes: int | None
    io_write_bytes: int | None
    pids_peak: int | None
    points: tuple[UsagePoint, ...]
    """Its use over time, oldest first, thinned to at most 240 points."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def load_usage(job_id: int) -> Sequence[AttemptUsage]:
    """Return what each attempt of a job has used, oldest first. Raises :class:`UnknownJobError`."""
    job = ContainerJob.objects.filter(pk=job_id).first()
    if job is None:
        raise UnknownJobError(job_id)
    return [_usage(job, attempt) for attempt in job.attempts.order_by("number")]


def _usage(job: ContainerJob, attempt: Attempt) -> AttemptUsage:
    duration = attempt.duration
    return AttemptUsage(
        number=attempt.number,
        source=attempt.usage_source,
        sampled=tuple(attempt.usage_sampled),
        peak_memory_bytes=attempt.peak_memory_bytes,
        memory_limit_mb=attempt.memory_limit_mb or job.memory_limit,
        cpu_seconds=attempt.cpu_seconds,
        cpu_limit=job.cpu_limit,
        run_seconds=None if duration is None else duration.total_seconds(),
        oom_kills=attempt.oom_kills,
        throttled_seconds=attempt.throttled_seconds,
        throttled_periods=attempt.throttled_periods,
        cpu_periods=attempt.cpu_periods,
        io_read_bytes=attempt.io_read_bytes,
        io_write_bytes=attempt.io_write_bytes,
        pids_peak=attempt.pids_peak,
        points=tuple(attempt.usage_points),
    )
