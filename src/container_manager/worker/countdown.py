"""When an attempt reaches its limits on time, on this process's own steady clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from container_manager.lifecycle.limits import Limit, TimeLimits


class Countdown:
    """Begins with what the database said at the claim; a worker that takes the attempt over makes its own."""

    def __init__(self, limits: TimeLimits, clock: Callable[[], float]) -> None:
        """``clock`` never goes back, in seconds."""
        self._limits = limits
        self._clock = clock
        self._read_at = clock()
        self._ends = {limit: self._read_at + seconds for limit, seconds in limits.seconds_left().items()}

    def has_started(self, started_at: datetime | None) -> None:
        """Count the run from now on, or from ``started_at`` where it is known to have begun earlier."""
        self._ends.pop(Limit.START, None)
        if self._limits.run_seconds is None or Limit.RUN in self._ends:
            return
        ran = timedelta() if started_at is None else max(timedelta(), self._now() - started_at)
        self._ends[Limit.RUN] = self._clock() + self._limits.run_seconds - ran.total_seconds()

    def seconds_left(self) -> float | None:
        """Return how long it is to the next limit, at least 0; ``None`` where there is none."""
        return max(0.0, min(self._ends.values()) - self._clock()) if self._ends else None

    @property
    def reached(self) -> Limit | None:
        """The limit that was reached first, ``None`` before that."""
        first = min(self._ends, key=lambda limit: self._ends[limit], default=None)
        return first if first is not None and self._ends[first] <= self._clock() else None

    def _now(self) -> datetime:
        """The database's time, from what it was at the claim."""
        return self._limits.read_at + timedelta(seconds=self._clock() - self._read_at)
