"""What a check found: one of four states, with what proves it, what helps, and the cause that a guide explains."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured


class Severity(StrEnum):
    """How much a failed check matters."""

    PROBLEM = "problem"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer of one check. ``outcome.detail`` is the answer in a sentence, or the value of what is well.

    ``evidence`` are the lines that prove it, ``advice`` is what helps, in a sentence, ``cause`` what a guide is named
    by. ``severity`` counts where the check failed. ``follows`` is the id of another check: where that one fails, this
    one cannot be measured, and says nothing of its own.
    """

    outcome: Outcome
    evidence: tuple[str, ...] = ()
    advice: str = ""
    cause: str = ""
    severity: Severity = Severity.PROBLEM
    follows: str = ""

    @property
    def kind(self) -> str:
        """What is accepted when this is: a failure with its weight and cause, or why there is no clear answer."""
        if self.outcome.state is not State.FAIL:
            return str(self.outcome)
        return f"{self.severity}: {self.cause}" if self.cause else str(self.severity)

    def is_covered_by(self, kind: str) -> bool:
        """Whether what was accepted is this, or the same as a problem where it is a warning now."""
        if self.outcome.state is State.FAIL and self.severity is Severity.WARNING:
            return kind in {self.kind, self.kind.replace(Severity.WARNING, Severity.PROBLEM, 1)}
        return kind == self.kind


def well(detail: str) -> Finding:
    """Return that all is well, with what was measured."""
    return Finding(outcome=Outcome(state=State.OK, detail=detail))


def problem(detail: str, *, advice: str, cause: str = "", evidence: tuple[str, ...] = ()) -> Finding:
    """Return that something is wrong."""
    return Finding(outcome=Outcome(state=State.FAIL, detail=detail), evidence=evidence, advice=advice, cause=cause)


def warning(detail: str, *, advice: str, cause: str = "", evidence: tuple[str, ...] = ()) -> Finding:
    """Return that something will be wrong, or is in a way that stops nothing yet."""
    return Finding(
        outcome=Outcome(state=State.FAIL, detail=detail),
        evidence=evidence,
        advice=advice,
        cause=cause,
        severity=Severity.WARNING,
    )


def unclear(detail: str, *, advice: str = "", evidence: tuple[str, ...] = ()) -> Finding:
    """Return that it was looked at, and the answer is neither yes nor no."""
    return Finding(outcome=Outcome(state=State.INCONCLUSIVE, detail=detail), evidence=evidence, advice=advice)


def unmeasured(reason: NotMeasured, detail: str, *, follows: str = "", advice: str = "") -> Finding:
    """Return that there is no answer, and why."""
    return Finding(outcome=not_measured(reason, detail), follows=follows, advice=advice)
