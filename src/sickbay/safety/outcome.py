"""What came of a look: four answers, and never a FAIL that only means "could not ask"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

#: With fewer outcomes than these nothing is said about how many were not measured.
_ENOUGH = 6


class State(StrEnum):
    """The answer of a look."""

    OK = "ok"
    FAIL = "fail"
    NOT_MEASURED = "not measured"
    INCONCLUSIVE = "inconclusive"


class NotMeasured(StrEnum):
    """Why a look has no answer."""

    PERMISSION = "permission"
    TIMEOUT = "timeout"
    MISSING_PROGRAM = "missing program"
    NOT_ENFORCED = "not enforced by this kernel"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BROKEN = "the look itself broke"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One look's answer. ``reason`` is given exactly where nothing was measured; ``detail`` is for people."""

    state: State
    reason: NotMeasured | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        if (self.reason is not None) != (self.state is State.NOT_MEASURED):
            raise ValueError("what was not measured has a reason, and nothing else has one")

    def __str__(self) -> str:
        return str(self.state) if self.reason is None else f"{self.state} ({self.reason})"


def not_measured(reason: NotMeasured, detail: str = "") -> Outcome:
    """Return that there is no answer, and why."""
    return Outcome(state=State.NOT_MEASURED, reason=reason, detail=detail)


def too_many_unmeasured(outcomes: Sequence[Outcome]) -> bool:
    """Whether more than half of the looks have no answer: then a person must look."""
    unmeasured = sum(outcome.state is State.NOT_MEASURED for outcome in outcomes)
    return len(outcomes) >= _ENOUGH and unmeasured * 2 > len(outcomes)
