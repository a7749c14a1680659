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
class TimeLimitReached:
    """The attempt ran longer than the job allows and was stopped for it."""


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
    | TimeLimitReached
    | CancelRequested
    | CancelConfirmed
    | Vanished
)
