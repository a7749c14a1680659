"""Which limit on time an attempt reaches, and when. Pure: everything follows from moments that are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from container_manager.lifecycle.status import FailureReason


class Limit(StrEnum):
    """A limit on time of an attempt that was claimed. The value is what is stored as the cause of a stop."""

    START = "start time limit"
    RUN = "time limit"
    TOTAL = "total time limit"
    DEADLINE = "deadline"

    @property
    def reason(self) -> FailureReason:
        """The failure reason of an attempt that was stopped for it."""
        return _REASONS[self]


_REASONS: Mapping[Limit, FailureReason] = {
    Limit.START: FailureReason.START_TIMEOUT,
    Limit.RUN: FailureReason.TIMEOUT,
    Limit.TOTAL: FailureReason.TOTAL_TIMEOUT,
    Limit.DEADLINE: FailureReason.DEADLINE,
}


@dataclass(frozen=True, kw_only=True)
class TimeLimits:
    """What bounds an attempt. ``None`` means no limit; all moments but ``started_at`` are the database's.

    ``read_at`` is when this was read, ``first_claimed_at`` when the job's first attempt since its restart was claimed.
    """

    read_at: datetime
    claimed_at: datetime
    first_claimed_at: datetime
    started_at: datetime | None = None
    start_seconds: float | None = None
    run_seconds: float | None = None
    total_seconds: float | None = None
    deadline: datetime | None = None

    def end_of(self, limit: Limit) -> datetime | None:
        """Return the moment at which this limit is reached; ``None`` where there is none, or it does not count yet."""
        match limit:
            case Limit.DEADLINE:
                return self.deadline
            case Limit.TOTAL:
                return _after(self.first_claimed_at, self.total_seconds)
            case Limit.RUN:
                return _after(self.started_at, self.run_seconds)
            case Limit.START:
                return None if self.started_at is not None else _after(self.claimed_at, self.start_seconds)

    def seconds_left(self) -> dict[Limit, float]:
        """Return how long after ``read_at`` each limit that counts is reached; not above zero where it was."""
        ends = {limit: self.end_of(limit) for limit in _LIMITS}
        return {limit: (end - self.read_at).total_seconds() for limit, end in ends.items() if end is not None}

    def in_words(self, limit: Limit) -> str:
        """Say what was reached."""
        match limit:
            case Limit.START:
                return f"not started within {_shown(self.start_seconds)} of its claim"
            case Limit.RUN:
                return f"stopped after the time limit of {_shown(self.run_seconds)}"
            case Limit.TOTAL:
                return f"stopped after {_shown(self.total_seconds)} for all attempts together"
            case Limit.DEADLINE:
                return f"stopped at the job's deadline, {self.deadline:%Y-%m-%d %H:%M:%S} UTC"


_LIMITS = tuple(Limit)


def expiry_of(
    *,
    deadline: datetime | None,
    queue_timeout_seconds: float | None = None,
    waits_since: datetime | None = None,
    total_ends_at: datetime | None = None,
) -> datetime | None:
    """Return when a job that is pending ends for waiting too long; ``None``: never.

    ``waits_since`` is when its wait for a first attempt began; ``None`` while something else keeps it, or afterwards.
    """
    ends = (deadline, _after(waits_since, queue_timeout_seconds), total_ends_at)
    return min((end for end in ends if end is not None), default=None)


def _after(moment: datetime | None, seconds: float | None) -> datetime | None:
    return None if moment is None or seconds is None else moment + timedelta(seconds=seconds)


def _shown(seconds: float | None) -> str:
    return f"{seconds:g} s"
