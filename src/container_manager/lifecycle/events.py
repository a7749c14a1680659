"""Everything that can happen to a job, as values."""

from __future__ import annotations

from dataclasses import dataclass

from container_manager.lifecycle.status import FailureReason


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A worker took the job and begins an attempt."""


@dataclass(frozen=True, kw_only=True)
class ClaimReturned:
    """The worker gave the job back before anything was started."""


@dataclass(frozen=True, kw_only=True)
class LaunchRefused:
    """The platform refused to start the attempt, and nothing of it is left there."""

    reason: FailureReason


@dataclass(frozen=True, kw_only=True)
class Started:
    """The platform runs the attempt."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The attempt's main process ended by itself, or by somebody who is not us."""

    reason: FailureReason | None
    """``None`` when it succeeded."""


@dataclass(frozen=True, kw_only=True)
class Expired:
    """The job waited longer than it allows, and no attempt is under way."""

    reason: FailureReason


@dataclass(frozen=True, kw_only=True)
class TimeLimitReached:
    """The attempt took longer than the job allows and was stopped for it, or never started."""

    reason: FailureReason = FailureReason.TIMEOUT


@dataclass(frozen=True, kw_only=True)
class RetryScheduled:
    """The attempt's end was bad, and the job's policy makes another attempt. Follows the end in one transaction."""


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """Somebody asked for another attempt of a job that is over and did not complete."""


@dataclass(frozen=True, kw_only=True)
class CancelRequested:
    """Somebody asked for the job to be stopped."""


@dataclass(frozen=True, kw_only=True)
class CancelConfirmed:
    """The attempt of a job that is being cancelled no longer runs."""


@dataclass(frozen=True, kw_only=True)
class Vanished:
    """The platform no longer knows the attempt, and nobody can say how it ended."""


Event = (
    Claimed
    | ClaimReturned
    | LaunchRefused
    | Started
    | Ended
    | Expired
    | TimeLimitReached
    | RetryScheduled
    | Restarted
    | CancelRequested
    | CancelConfirmed
    | Vanished
)
