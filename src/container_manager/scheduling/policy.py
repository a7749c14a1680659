"""When a job may run, before whom, beside whom, and how long each stage may take. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

DEFAULT_QUEUE = "default"

#: The bounds of ``priority``, those of ``django.tasks``. Higher runs earlier.
LEAST_PRIORITY = -100
HIGHEST_PRIORITY = 100


class After(StrEnum):
    """Which end of another job a dependency waits for."""

    SUCCESS = "success"
    """It completed."""
    FAILURE = "failure"
    """It failed, or was stopped at a time limit; a cancelled job did neither."""
    EITHER = "either"
    """It is over, however it ended."""


@dataclass(frozen=True, kw_only=True)
class JobPolicy:
    """What a job asks of the queue. All times are in seconds; ``None`` means no limit.

    ``queue_timeout_seconds`` bounds the wait before the first attempt, ``pull_timeout_seconds`` a pull's silence,
    ``start_timeout_seconds`` the way from the claim to the start, ``timeout_seconds`` one attempt's run, and
    ``total_timeout_seconds`` all attempts together, from the first claim on. ``deadline`` is a moment after which
    nothing of the job may run.
    """

    queue: str = DEFAULT_QUEUE
    priority: int = 0
    not_before: datetime | None = None
    deadline: datetime | None = None
    queue_timeout_seconds: float | None = None
    pull_timeout_seconds: float | None = None
    start_timeout_seconds: float | None = None
    timeout_seconds: float | None = None
    total_timeout_seconds: float | None = None
    dedup_key: str = ""
    """Two submits with one key make one job, for as long as that job's row is kept."""
    concurrency_key: str = ""
    concurrency_limit: int = 1
    """How many jobs with this job's ``concurrency_key`` may be active while it is."""
    host_labels: Mapping[str, str] = field(default_factory=dict)
    """What the host must be labelled with."""
