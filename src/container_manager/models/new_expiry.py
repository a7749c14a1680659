"""When a job that is made now, and is not begun, ends for waiting too long."""

from __future__ import annotations

from datetime import datetime

from container_manager.lifecycle.limits import expiry_of
from container_manager.models.database_clock import database_now
from container_manager.scheduling.policy import JobPolicy


def new_expiry(policy: JobPolicy, alias: str) -> datetime | None:
    """Return the moment, by the clock of the database ``alias``; ``None``: never."""
    if policy.queue_timeout_seconds is None:
        return policy.deadline
    now = database_now(alias)
    return expiry_of(
        deadline=policy.deadline,
        queue_timeout_seconds=policy.queue_timeout_seconds,
        waits_since=max(now, policy.not_before or now),
    )
