"""How long a session may take and how much it may ask. Pure: the time comes in."""

from __future__ import annotations

from dataclasses import dataclass, replace

SESSION_SECONDS = 30 * 60.0
"""A session's whole time. Nothing lengthens it."""

SESSION_CALLS = 500
"""Most actions in one session."""

SESSION_BYTES = 256 * 1024 * 1024
"""Most bytes that all actions of a session may bring back."""


class BudgetSpentError(Exception):
    """The session's time, calls, or bytes are used up."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A point on the machine's own clock, which runs on while it sleeps and which nobody can set.

    ``seconds`` count since the machine started; ``boot`` names that start, as two starts cannot be compared.
    """

    boot: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a session has. It is made once, at its start, and only its use is counted afterwards."""

    started: Moment
    calls_used: int = 0
    bytes_used: int = 0

    def seconds_left(self, now: Moment) -> float:
        """Return the seconds that remain. After another start of the machine, or before this one's, there are none."""
        if now.boot != self.started.boot or now.seconds < self.started.seconds:
            return 0.0
        return max(0.0, self.started.seconds + SESSION_SECONDS - now.seconds)

    def why_spent(self, now: Moment) -> str:
        """Return what is used up, or nothing."""
        if not self.seconds_left(now):
            return f"the session's {SESSION_SECONDS / 60:.0f} minutes are over"
        if self.calls_used >= SESSION_CALLS:
            return f"the session's {SESSION_CALLS} calls are used up"
        if self.bytes_used >= SESSION_BYTES:
            return f"the session's {SESSION_BYTES // 1024 // 1024} MB of answers are used up"
        return ""

    @property
    def bytes_left(self) -> int:
        """Bytes that answers may still have."""
        return max(0, SESSION_BYTES - self.bytes_used)

    def with_call(self, now: Moment) -> Budget:
        """Count one more call. Raises :class:`BudgetSpentError`."""
        if why := self.why_spent(now):
            raise BudgetSpentError(why)
        return replace(self, calls_used=self.calls_used + 1)

    def with_bytes(self, count: int) -> Budget:
        """Count what an action brought back."""
        if count < 0:
            raise ValueError("an answer has no negative length")
        return replace(self, bytes_used=self.bytes_used + count)
