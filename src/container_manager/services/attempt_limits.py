"""The limits on time of a claimed attempt, from what is stored and by the database's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from container_manager.lifecycle.limits import TimeLimits
from container_manager.models import Attempt, ContainerJob
from container_manager.runspec.spec import RunSpec
from container_manager.services.retrying import first_claimed_at


def limits_of(job: ContainerJob, attempt: Attempt, *, claimed_at: datetime, now: datetime) -> TimeLimits:
    """Return what bounds the attempt, read at ``now``."""
    first = None
    if job.total_timeout_seconds is not None and attempt.number > job.restarted_after + 1:
        first = first_claimed_at(job)
    return TimeLimits(
        read_at=now,
        claimed_at=claimed_at,
        first_claimed_at=first or claimed_at,
        started_at=attempt.started_at,
        start_seconds=job.start_timeout_seconds,
        run_seconds=job.timeout_seconds,
        total_seconds=job.total_timeout_seconds,
        deadline=job.deadline,
    )


def spec_of(job: ContainerJob, attempt: Attempt) -> RunSpec:
    """Return what the attempt runs: what the job asks for, under the attempt's own memory limit if it has one."""
    spec = job.run_spec()
    return spec if attempt.memory_limit_mb is None else replace(spec, memory_limit_mb=attempt.memory_limit_mb)
