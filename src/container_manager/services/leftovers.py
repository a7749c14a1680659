"""What the database knows of attempts that were found on a platform."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from django.db.models import Q
from django.db.models.functions import Now

from container_manager.executors.base import AttemptKey
from container_manager.models import Attempt, ContainerJob
from container_manager.services.leases import lapsed


class Standing(StrEnum):
    """How an attempt that stands on a platform is known here."""

    LIVE = "live"
    """Its outcome is not recorded: it must not be touched."""
    CLEARING = "clearing"
    """It is over, and a worker is about to remove it."""
    OVER = "over"
    """It is over, and nobody has it in hand."""
    UNKNOWN = "unknown"
    """The database has no such attempt; rows come before containers, so it never will."""


def standings(keys: Collection[AttemptKey]) -> Mapping[AttemptKey, Standing]:
    """Say of each of these attempts of this installation how it is known."""
    jobs = {key.job_id for key in keys}
    rows = Attempt.objects.filter(job__in=jobs).values_list("job_id", "number", "ended_at")
    ended = {(job_id, number): ended_at is not None for job_id, number, ended_at in rows}
    idle = set(ContainerJob.objects.filter(Q(pk__in=jobs) & lapsed()).values_list("pk", flat=True))
    return {key: _standing(ended.get((key.job_id, key.number)), idle=key.job_id in idle) for key in keys}


def mark_removed(key: AttemptKey) -> None:
    """Store that nothing of this attempt is left on its platform."""
    attempts = Attempt.objects.filter(job=key.job_id, number=key.number)
    attempts.filter(ended_at__isnull=False, removed_at__isnull=True).update(removed_at=Now())


def _standing(ended: bool | None, *, idle: bool) -> Standing:
    if ended is None:
        return Standing.UNKNOWN
    if not ended:
        return Standing.LIVE
    return Standing.OVER if idle else Standing.CLEARING
