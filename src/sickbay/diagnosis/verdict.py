"""What a diagnosis answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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

    @property
    def best(self) -> Verdict | None:
        """The first verdict, ``None`` where nothing is wrong."""
        return self.verdicts[0] if self.verdicts else None
