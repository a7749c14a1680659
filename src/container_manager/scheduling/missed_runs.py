"""What is made of the times at which a schedule was due. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: A time counts as missed when it passed longer ago than this: until then a worker may just have been busy.
LATE_AFTER = timedelta(seconds=60)

#: How many of the times that passed are looked at, the newest: older ones are neither made up for nor recorded.
MOST_CAUGHT_UP = 100


class MissedRuns(StrEnum):
    """What is done about the times that passed while no worker was there."""

    SKIP = "skip"
    """Nothing: the next time is the next one."""
    LATEST = "latest"
    """One job, for the last time that passed."""
    ALL = "all"
    """One job for each time that passed, oldest first."""


class TickOutcome(StrEnum):
    """What came of one time at which a schedule was due."""

    MADE = "made"
    """A job was made."""
    OVERLAP = "overlap"
    """None: an earlier job of the schedule was not over."""
    MISSED = "missed"
    """None: no worker was there, and the schedule does not make up for it."""
    INVALID = "invalid"
    """None: the request was refused; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """One time at which a schedule was due, and whether a job is wanted for it."""

    at: datetime
    is_wanted: bool


def plan(times: Sequence[datetime], now: datetime, policy: MissedRuns) -> Sequence[Due]:
    """Say for which of these times, which have come and are in order, a job is wanted."""
    if policy is MissedRuns.ALL:
        return [Due(at=at, is_wanted=True) for at in times]
    last = times[-1] if times else None
    if policy is MissedRuns.SKIP and last is not None and now - last > LATE_AFTER:
        last = None
    return [Due(at=at, is_wanted=at == last) for at in times]
