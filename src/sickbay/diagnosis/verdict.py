"""What a diagnosis answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sickbay.safety.outcome import State

UNKNOWN = "unknown"
"""The cause that is named when something is wrong and no guide knows why."""


class Certainty(StrEnum):
    """How sure a verdict is."""

    CONFIRMED = "confirmed"
    """A platform or the kernel says so, or a program's own message and the facts agree."""
    LIKELY = "likely"
    """A program's own, unmistakable message says so."""
    POSSIBLE = "possible"
    """Something points there."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A line or a fact that speaks for a cause.

    ``line`` and ``column``, where its telling part begins, are counted from 1, ``None`` for a fact.
    """

    source: str
    line: int | None
    text: str
    column: int | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A cause with certainty and evidence; ``repair`` says in plain words what to do, ``guide`` where to read more."""

    cause: str
    certainty: Certainty
    title: str
    class_: str = ""
    evidence: tuple[Evidence, ...]
    repair: str
    guide: str = ""


class Standing(StrEnum):
    """What became of a cause that something spoke for."""

    NAMED = "named"
    """It stands, and is among the verdicts."""
    EXPLAINED = "explained"
    """It holds, and follows from another one that stands."""
    SET_ASIDE = "set aside"
    """It says little, and another one says more."""
    RULED_OUT = "ruled out"
    """What its guide asks for besides is known to be otherwise, or what speaks against it weighs as much."""
    OPEN = "open"
    """It depends on what nobody asked."""


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """How a score came about: ``score = weight * (1 + coverage) / 2 * place - against``, and never below 0.

    ``coverage`` is the share of the symptoms that the cause explains, from 0 to 1; ``came_first`` says that no symptom
    which it does not explain stands before it. ``speaking`` and ``opposing`` are what was weighed, as sentences.
    """

    score: float
    weight: float
    coverage: float
    came_first: bool
    against: float
    speaking: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """One cause that something spoke for: what became of it, and why in a sentence.

    ``state`` is FAIL for the cause that is at fault, with what follows from it; OK for one that is not;
    NOT MEASURED for one that depends on what nobody asked; INCONCLUSIVE for one that may be it.
    """

    cause: str
    guide: str
    state: State
    standing: Standing
    why: str
    weighing: Weighing | None = None


@dataclass(frozen=True, kw_only=True)
class ProbeAnswer:
    """What a probe may answer, and the cause that is then named first, empty for none.

    ``decides`` says whether that cause then stands clearly ahead, or none is left.
    """

    says: str
    cause: str
    decides: bool = True


@dataclass(frozen=True, kw_only=True)
class NextProbe:
    """The cheapest look that would decide: a guide's probe, the command a person can type, and what each answer means.

    ``seconds`` is the most that it takes.
    """

    guide: str
    probe: str
    command: str
    seconds: float
    answers: tuple[ProbeAnswer, ...]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """Something that was looked at: a text with its length, or a fact with its value.

    ``last_lines`` of a text are given where no guide fits, for a person to go on from.
    """

    source: str
    detail: str
    last_lines: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The whole answer, best verdict first. Empty where nothing is wrong; ``unknown`` where nothing fits."""

    verdicts: tuple[Verdict, ...]
    looked_at: tuple[Looked, ...]
    """Texts first, then facts as ``name = value``."""
    margin: float | None = None
    """By how much of its score the first verdict is ahead, from 0 to 1; ``None`` where nothing competes with it."""
    undecided: tuple[str, ...] = ()
    """The causes between which nothing decides, the first verdict's among them; empty where it is clearly ahead."""
    checks: tuple[Check, ...] = ()
    """Every cause that something spoke for."""
    next_probe: NextProbe | None = None
    """What would decide, where the answer is inconclusive and a guide knows such a look."""
    not_measured: str = ""
    """Why nothing could be looked at, where that is so."""

    @property
    def best(self) -> Verdict | None:
        """The first verdict, ``None`` where nothing is wrong."""
        return self.verdicts[0] if self.verdicts else None

    @property
    def state(self) -> State:
        """The answer in short. FAIL needs strength and margin: one cause, more than possible, clearly ahead."""
        if self.not_measured:
            return State.NOT_MEASURED
        if self.best is None:
            return State.OK
        if self.undecided or self.best.certainty in {Certainty.POSSIBLE, Certainty.UNKNOWN}:
            return State.INCONCLUSIVE
        return State.FAIL

    @property
    def ruled_out(self) -> tuple[Check, ...]:
        """The causes that something spoke for, and that are not at fault."""
        return tuple(check for check in self.checks if check.standing is Standing.RULED_OUT)
