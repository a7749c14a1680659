"""What the end of an attempt means. Pure: from what the platform says and what we did to what is recorded."""

from __future__ import annotations

import signal as signals
from dataclasses import dataclass, replace
from enum import StrEnum

from container_manager.executors.base import Exited, LaunchRefusedError, Lost
from container_manager.lifecycle.events import CancelConfirmed, Ended, LaunchRefused, TimeLimitReached, Vanished
from container_manager.lifecycle.limits import Limit, TimeLimits
from container_manager.lifecycle.machine import Transition
from container_manager.lifecycle.status import FailureReason
from container_manager.services.recording_ends import Ending

_SIGNAL_BASE = 128

#: Exit codes of 128 + N are read as a signal only for those that end programs; 150 or 255 are a program's own.
_FATAL = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 31})


class StopCause(StrEnum):
    """Why we stop an attempt. The value is stored before the stop."""

    CANCEL = "cancel"
    TIME_LIMIT = Limit.RUN.value
    TOTAL_LIMIT = Limit.TOTAL.value
    DEADLINE = Limit.DEADLINE.value

    @property
    def limit(self) -> Limit | None:
        """The limit on time that it is stopped for; ``None`` for a cancellation."""
        return None if self is StopCause.CANCEL else Limit(self.value)


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What we know about an attempt's end besides the platform's word."""

    stopped_for: StopCause | None = None
    limits: TimeLimits | None = None
    outside_signal: int | None = None


def refused(error: LaunchRefusedError) -> Ending:
    """The platform refused to start it."""
    event = LaunchRefused(reason=error.reason)
    return Ending(
        kind="launch_refused",
        event=event,
        message=error.message,
        exit_code=error.exit_code,
        is_transient=error.transient,
    )


def vanished(lost: Lost) -> Ending:
    """The platform does not know it any more."""
    return Ending(kind="vanished", event=Vanished(), message=lost.detail)


def never_started() -> Ending:
    """It was cancelled before the platform had anything of it."""
    return Ending(kind="cancel_confirmed", event=CancelConfirmed(), message="cancelled before it was started")


def too_late(limit: Limit, limits: TimeLimits) -> Ending:
    """It reached a limit on time before the platform had started it."""
    return Ending(
        kind="time_limit_reached", event=TimeLimitReached(reason=limit.reason), message=limits.in_words(limit)
    )


def exited(seen: Exited, known: Circumstances) -> Ending:
    """Its main process is over."""
    signal = _signal(seen)
    limit = known.stopped_for.limit if known.stopped_for else None
    if known.stopped_for is StopCause.CANCEL:
        ending = Ending(kind="cancel_confirmed", event=CancelConfirmed(), message="stopped as asked")
    elif limit is not None and not (known.limits and _was_in_time(seen, limit, known.limits)):
        message = known.limits.in_words(limit) if known.limits else ""
        ending = Ending(kind="time_limit_reached", event=TimeLimitReached(reason=limit.reason), message=message)
    else:
        reason, message = _reason(seen, signal, known.outside_signal)
        ending = Ending(kind="ended", event=Ended(reason=reason), message=message)
    return Ending(kind=ending.kind, event=ending.event, message=ending.message, observation=seen, signal=signal)


def _was_in_time(seen: Exited, limit: Limit, limits: TimeLimits) -> bool:
    """Whether it had succeeded before our stop could reach it."""
    # A run is measured by the platform's own clock from end to end.
    end = replace(limits, started_at=seen.started_at).end_of(limit)
    return seen.exit_code == 0 and seen.finished_at is not None and end is not None and seen.finished_at < end


def _signal(seen: Exited) -> int | None:
    if seen.signal is not None:
        return seen.signal
    number = seen.exit_code - _SIGNAL_BASE
    return number if number in _FATAL else None


def _reason(seen: Exited, signal: int | None, outside_signal: int | None) -> tuple[FailureReason | None, str]:
    if seen.exit_code == 0 and signal is None:
        return None, "a child process was killed at the memory limit" if seen.oom_killed else ""
    if seen.oom_killed and signal == signals.SIGKILL:
        return FailureReason.OOM, "killed at its memory limit"
    if outside_signal is not None and signal is not None:
        return FailureReason.STOPPED_EXTERNALLY, f"stopped from outside by {_name(outside_signal)}"
    if signal is not None:
        return FailureReason.SIGNAL, f"ended by {_name(signal)}"
    return FailureReason.EXIT_CODE, f"exit code {seen.exit_code}"


def _name(signal: int) -> str:
    try:
        return signals.Signals(signal).name
    except ValueError:
        return f"signal {signal}"


def went_badly(result: Transition, ending: Ending) -> bool:
    """Say whether there is something to diagnose: a bad end, or a good one of which the kernel killed a part."""
    seen = ending.observation
    return result.reason is not None or (seen is not None and (seen.oom_killed or bool(seen.usage.oom_kills)))
