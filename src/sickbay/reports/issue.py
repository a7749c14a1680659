"""The issue report as a record: what every format except JSON's plain data is made from. Its secrets are hidden."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sickbay.diagnosis.verdict import UNKNOWN, Diagnosis, Evidence, Verdict
from sickbay.diagnosis.wording import shown
from sickbay.facts.model import FactValue
from sickbay.facts.vocabulary import VOCABULARY

HEALTHY_TITLE = "Nothing is wrong, as far as can be seen"


@dataclass(frozen=True, kw_only=True)
class Item:
    """A name with its value, and what the name means where that is not plain."""

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A sentence of the report, with the command or the line of a text that belongs to it.

    ``to_fill_in`` marks what no fact answers: the sentence is then a question to the person who sends the report.
    """

    text: str
    code: str = ""
    to_fill_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a text, numbered from 1."""

    number: int
    text: str
    is_evidence: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """Lines that follow each other, and how many lines in front of them are left out."""

    left_out: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Log:
    """What is shown of a text. ``origin`` says where it is from, ``uri`` names it for programs."""

    source: str
    origin: str
    uri: str
    line_count: int
    parts: tuple[Part, ...]
    left_out_after: int

    @property
    def shown(self) -> int:
        """How many lines are shown."""
        return sum(len(part.lines) for part in self.parts)

    @property
    def has_evidence(self) -> bool:
        """Whether a shown line speaks for a verdict."""
        return any(line.is_evidence for part in self.parts for line in part.lines)


@dataclass(frozen=True, kw_only=True)
class GuideEntry:
    """What the guide of a verdict's cause says in short."""

    slug: str
    title: str
    class_: str
    severity: str
    problem: str
    root_cause: str
    solution: str
    impact: str


@dataclass(frozen=True, kw_only=True)
class Issue:
    """The whole report. ``checked`` are the classes of problems that were looked for."""

    origin: str
    made: datetime.datetime
    engine: str
    diagnosis: Diagnosis
    guides: tuple[GuideEntry, ...]
    checked: tuple[str, ...]
    environment: tuple[Item, ...]
    steps: tuple[Statement, ...]
    expected: tuple[Statement, ...]
    actual: tuple[Statement, ...]
    facts: Mapping[str, FactValue]
    variables: tuple[str, ...]
    """Names of environment variables that are set where the report was made; never their values."""
    logs: tuple[Log, ...]

    @property
    def title(self) -> str:
        """The first verdict's title; where nothing decides those of all that compete; or that all is well."""
        if self.diagnosis.not_measured:
            return f"Not measured: {self.diagnosis.not_measured}"
        if self.diagnosis.best is None:
            return HEALTHY_TITLE
        return ", or: ".join(verdict.title for verdict in self.diagnosis.verdicts[: len(self.diagnosis.undecided) or 1])

    @property
    def configuration(self) -> tuple[Item, ...]:
        """The facts as a person reads them."""
        return tuple(
            Item(name=name, value=shown(value), meaning=VOCABULARY[name].meaning if name in VOCABULARY else "")
            for name, value in self.facts.items()
        )

    @property
    def is_unknown(self) -> bool:
        """Whether something is wrong that no guide knows."""
        return self.diagnosis.best is not None and self.diagnosis.best.cause == UNKNOWN

    def guide_of(self, verdict: Verdict) -> GuideEntry | None:
        """Return the guide of a verdict, ``None`` for the unknown one."""
        return next((guide for guide in self.guides if guide.slug == verdict.guide), None)

    def error_lines(self) -> Iterator[Evidence]:
        """Yield what speaks for the verdicts, each once; where no guide fits, the last lines of each text."""
        seen: set[tuple[str, int | None, str]] = set()
        spoken = [evidence for verdict in self.diagnosis.verdicts for evidence in verdict.evidence]
        last = [line for looked in self.diagnosis.looked_at for line in looked.last_lines] if self.is_unknown else []
        for evidence in spoken + last:
            key = (evidence.source, evidence.line, evidence.text)
            if key not in seen:
                seen.add(key)
                yield evidence


def place_of(evidence: Evidence) -> str:
    """Return where evidence stands: ``stderr:3``, or ``facts``."""
    return evidence.source if evidence.line is None else f"{evidence.source}:{evidence.line}"
