"""What follows from a bad end of an attempt: another attempt, or the end of the job. Part of that end's transaction."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import router

from container_manager.lifecycle.limits import expiry_of
from container_manager.lifecycle.retry import Failure, GiveUp, Horizon, RetryAt, decide
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.models import Attempt, ContainerJob
from container_manager.models.database_clock import database_now

_chance = random.SystemRandom().random


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What becomes of the job: ``columns`` to store with it, and the kind and the words of an event to tell of it."""

    is_tried_again: bool = False
    columns: dict[str, object] = field(default_factory=dict)
    kind: str = ""
    message: str = ""


def aftermath(job: ContainerJob, attempt_number: int, status: Status, failure: Failure | None) -> Aftermath:
    """Decide what follows for a job whose attempt ends in ``status``; ``failure`` is ``None`` where it did not fail."""
    if failure is None or status not in {Status.FAILED, Status.TIMEOUT}:
        return Aftermath()
    policy = job.retry
    if policy.max_attempts <= 1:
        return Aftermath()
    horizon = Horizon(deadline=job.deadline, total_ends_at=total_ends_at(job, attempt_number))
    now = database_now(router.db_for_write(ContainerJob))
    decision = decide(policy, failure, horizon, now=now, chance=_chance())
    if isinstance(decision, GiveUp):
        return Aftermath(kind="retries_ended", message=decision.why)
    return Aftermath(
        is_tried_again=True, columns=_columns(job, decision, horizon), kind="retry_scheduled", message=decision.why
    )


def failure_of(
    job: ContainerJob, attempt_number: int, reason: FailureReason | None, *, exit_code: int | None, is_transient: bool
) -> Failure | None:
    """Return what the retry policy is asked about; ``None`` where nothing failed."""
    if reason is None:
        return None
    return Failure(
        reason=reason,
        attempt=attempt_number - job.restarted_after,
        exit_code=exit_code,
        is_transient=is_transient,
        memory_limit_mb=job.raised_memory_limit or job.memory_limit,
    )


def first_claimed_at(job: ContainerJob) -> datetime | None:
    """Return when the job's first attempt since its restart was claimed; ``None`` before that."""
    attempts = Attempt.objects.filter(job=job, number__gt=job.restarted_after).order_by("number")
    return attempts.values_list("created_at", flat=True).first()


def total_ends_at(job: ContainerJob, attempt_number: int) -> datetime | None:
    """Return when all attempts together have taken too long; ``None`` without such a limit, or before the first."""
    if job.total_timeout_seconds is None or attempt_number <= job.restarted_after:
        return None
    first = first_claimed_at(job)
    return None if first is None else first + timedelta(seconds=job.total_timeout_seconds)


def _columns(job: ContainerJob, decision: RetryAt, horizon: Horizon) -> dict[str, object]:
    raised = decision.memory_limit_mb if decision.memory_limit_mb != job.memory_limit else None
    return {
        "not_before": decision.at,
        "expires_at": expiry_of(deadline=horizon.deadline, total_ends_at=horizon.total_ends_at),
        "raised_memory_limit": raised,
        "is_clearing": True,
    }
