"""Whether a failed attempt is tried again, when, and with how much memory. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from container_manager.lifecycle.status import FailureReason

#: Retried only where the platform says that the same launch may succeed later: a registry that is busy or broken, a
#: published port that somebody holds. A command that does not exist is refused for ever.
_IF_TRANSIENT = frozenset({FailureReason.IMAGE, FailureReason.LAUNCH_REFUSED})

#: Reasons that another try may mend by itself. The rest is retried only where a policy names it.
DEFAULT_RETRIED = frozenset(
    {
        FailureReason.EXIT_CODE,
        FailureReason.SIGNAL,
        FailureReason.IMAGE,
        FailureReason.LAUNCH_REFUSED,
        FailureReason.START_TIMEOUT,
        FailureReason.HOST_UNAVAILABLE,
        FailureReason.LOST,
    }
)

#: What a policy may name at all: nothing is retried that cannot succeed.
RETRIABLE = DEFAULT_RETRIED | {FailureReason.OOM, FailureReason.TIMEOUT, FailureReason.STOPPED_EXTERNALLY}


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """When another attempt is made. ``max_attempts`` counts the first one too; 1 means: never again.

    ``exit_codes`` narrows ``exit_code`` to these codes; empty means any. The pause before attempt *n* + 1 is
    ``backoff_seconds`` * ``backoff_factor`` ** (*n* - 1), at most ``max_backoff_seconds``, less a random share of up to
    ``jitter`` of itself. After an OOM kill the memory limit is multiplied by ``oom_memory_factor``, up to
    ``oom_memory_limit_mb``. ``image`` means trouble on the way to the registry; ``missing_images`` adds images that the
    registry does not have, or not for us. ``launch_refused`` means refusals that may pass by themselves.
    """

    max_attempts: int = 1
    reasons: frozenset[FailureReason] = DEFAULT_RETRIED
    exit_codes: frozenset[int] = field(default_factory=frozenset)
    backoff_seconds: float = 10.0
    backoff_factor: float = 2.0
    max_backoff_seconds: float = 3600.0
    jitter: float = 0.25
    oom_memory_factor: float = 1.0
    oom_memory_limit_mb: int | None = None
    missing_images: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> RetryPolicy:
        """Return the policy as it was stored with a job."""
        known = dict(stored)
        for name, kind in (("reasons", FailureReason), ("exit_codes", int)):
            if isinstance(values := known.get(name), list):
                known[name] = frozenset(kind(value) for value in values)
        return cls(**known)  # type: ignore[arg-type]  # written by us, from a checked policy

    def stored(self) -> dict[str, object]:
        """Return plain JSON values."""
        plain: dict[str, object] = dict(vars(self))
        return plain | {"reasons": sorted(self.reasons), "exit_codes": sorted(self.exit_codes)}

    def pause_seconds(self, attempt: int, chance: float) -> float:
        """Return the pause after the attempt of this number (from 1), for a random number from 0 to below 1."""
        try:
            pause = self.backoff_seconds * self.backoff_factor ** (attempt - 1)
        except OverflowError:
            pause = math.inf
        return min(pause, self.max_backoff_seconds) * (1 - self.jitter * chance)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A bad end of an attempt. ``attempt`` counts from 1, anew after a restart.

    ``memory_limit_mb`` is the limit that the attempt had; ``is_transient`` what the platform says of a refused launch.
    """

    reason: FailureReason
    attempt: int
    exit_code: int | None = None
    is_transient: bool = False
    memory_limit_mb: int | None = None


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """Until when another attempt may begin: the job's deadline, and the end of its total timeout."""

    deadline: datetime | None = None
    total_ends_at: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """The earlier of the two."""
        return min((end for end in (self.deadline, self.total_ends_at) if end is not None), default=None)


@dataclass(frozen=True, kw_only=True)
class RetryAt:
    """Another attempt is made, not before ``at``, under ``memory_limit_mb``; ``why`` is for people."""

    at: datetime
    memory_limit_mb: int | None
    why: str


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """No other attempt is made; ``why`` is for people."""

    why: str


def decide(
    policy: RetryPolicy, failure: Failure, horizon: Horizon, *, now: datetime, chance: float
) -> RetryAt | GiveUp:
    """Say whether a failed attempt is tried again. ``chance`` is a random number from 0 to below 1."""
    if policy.max_attempts <= 1:
        return GiveUp(why="the job asks for one attempt")
    if failure.attempt >= policy.max_attempts:
        return GiveUp(why=f"this was the last of {policy.max_attempts} attempts")
    if objection := _objection(policy, failure):
        return GiveUp(why=objection)
    memory = failure.memory_limit_mb
    if failure.reason is FailureReason.OOM:
        memory = _raised_memory(policy, memory)
        if policy.oom_memory_factor > 1 and memory is not None and memory == failure.memory_limit_mb:
            return GiveUp(why=f"the policy raises the memory limit no further than {memory} MB")
    pause = policy.pause_seconds(failure.attempt, chance)
    at = now + timedelta(seconds=pause)
    if (end := horizon.end) is not None and at >= end:
        which = "deadline" if end == horizon.deadline else "end of its total timeout"
        return GiveUp(why=f"the next attempt would not begin before the job's {which}")
    more = f" with {memory} MB of memory" if memory != failure.memory_limit_mb else ""
    return RetryAt(
        at=at,
        memory_limit_mb=memory,
        why=f"attempt {failure.attempt + 1} of {policy.max_attempts} in {pause:.3g} s{more}",
    )


def _objection(policy: RetryPolicy, failure: Failure) -> str:
    """Say why this failure is not retried, however many attempts are left; nothing where it is."""
    reason = failure.reason
    if reason not in RETRIABLE:
        return f"another attempt cannot mend {reason.value}"
    if reason not in policy.reasons:
        return f"the policy does not retry {reason.value}"
    if reason is FailureReason.EXIT_CODE and policy.exit_codes and failure.exit_code not in policy.exit_codes:
        return f"the policy does not retry exit code {failure.exit_code}"
    if reason in _IF_TRANSIENT and not failure.is_transient:
        if reason is not FailureReason.IMAGE:
            return "the platform would refuse it again"
        if not policy.missing_images:
            return "the registry does not have the image, or not for this host, and waiting does not change that"
    return ""


def _raised_memory(policy: RetryPolicy, limit_mb: int | None) -> int | None:
    """Return the limit after an OOM kill. Without a limit it was the host that had no more, and none is set."""
    if limit_mb is None or policy.oom_memory_factor <= 1:
        return limit_mb
    raised = math.ceil(limit_mb * policy.oom_memory_factor)
    most = policy.oom_memory_limit_mb
    return raised if most is None else max(limit_mb, min(raised, most))
