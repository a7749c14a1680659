"""When a host is trusted with new work, beyond its last health check. Pure.

Two dangers: a host whose checks are good and which leaves launch after launch without an answer, and one that comes and
goes. Both are held off for a while, longer each time, and never for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

#: Changes between well and not well within ``FLAP_WINDOW`` from which on a host counts as flapping.
FLAPS_ALLOWED = 3
FLAP_WINDOW = timedelta(minutes=10)

#: Launches in a row without an answer that open the circuit.
SILENT_LAUNCHES_ALLOWED = 3

_FIRST_HOLD = timedelta(seconds=15)
_LONGEST_HOLD = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What is kept between two checks."""

    silent_launches: int = 0
    """Launches in a row to which it did not answer."""
    held_off_until: datetime | None = None

    def is_held_off(self, now: datetime) -> bool:
        """Whether the host is given nothing yet, however well it is."""
        return self.held_off_until is not None and now < self.held_off_until


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What one check found, and when."""

    checked_at: datetime
    is_healthy: bool


def after_check(trust: Trust, result: CheckResult, history: Sequence[CheckResult]) -> Trust:
    """Return what follows from a check. ``history`` has the earlier ones, oldest first; only the last minutes count."""
    hold = _hold_for_flapping(result, history)
    if not hold:
        return trust
    return replace(trust, held_off_until=_later(trust.held_off_until, result.checked_at + hold))


def after_silent_launch(trust: Trust, now: datetime) -> Trust:
    """Return what follows when the host did not answer to a launch."""
    silent = trust.silent_launches + 1
    if silent < SILENT_LAUNCHES_ALLOWED:
        return replace(trust, silent_launches=silent)
    until = now + _doubled(silent - SILENT_LAUNCHES_ALLOWED)
    return Trust(silent_launches=silent, held_off_until=_later(trust.held_off_until, until))


def after_answered_launch() -> Trust:
    """Return what follows when the host answered to a launch, with a start or with a refusal: it is trusted again."""
    return Trust()


def flaps(history: Sequence[CheckResult], now: datetime) -> int:
    """Count the changes between well and not well within the last minutes."""
    recent = [result.is_healthy for result in history if now - result.checked_at <= FLAP_WINDOW]
    return sum(before != after for before, after in pairwise(recent))


def _hold_for_flapping(result: CheckResult, history: Sequence[CheckResult]) -> timedelta:
    """How long a host that has just recovered waits: not at all after one outage, longer the more it flaps."""
    if not result.is_healthy or not history or history[-1].is_healthy:
        return timedelta()
    changes = flaps([*history, result], result.checked_at)
    return _doubled(changes - FLAPS_ALLOWED) if changes >= FLAPS_ALLOWED else timedelta()


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _doubled(times: int) -> timedelta:
    return min(_FIRST_HOLD * (1 << min(times, 10)), _LONGEST_HOLD)
