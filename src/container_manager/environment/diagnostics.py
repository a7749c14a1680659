"""What is wrong with a template, where, and what would be right."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from container_manager.environment.source import Source, Span

#: So many are told one by one; the rest is counted.
MOST_TOLD = 1000

# What is kept of circles and of long lines is bounded, or a small template could ask for much memory.
_MOST_STEPS = 10_000
_FEWEST_STEPS = 10
_BEFORE = 200
_BEHIND = 300


class Severity(StrEnum):
    """Whether jobs can be made with it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """The line where something is wrong; ``start`` and ``end`` are the marked part of it, counted from 0.

    Of a line with hundreds of characters it is the part around the mark, with ``…`` for the rest.
    """

    line: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Note:
    """One more place that belongs to a problem: a step of a circle."""

    template: str
    line: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One problem, complete: it can be shown without the template.

    ``code`` is a stable word for programs. ``template`` is empty, and ``line`` and ``excerpt`` are ``None``, where the
    problem is in the variables that a job gives; ``variable`` then names the one.
    """

    code: str
    severity: Severity
    message: str
    fix: str
    template: str
    line: int | None
    column: int | None
    excerpt: Excerpt | None
    notes: tuple[Note, ...] = ()
    variable: str | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Part of a template."""

    source: Source
    span: Span


@dataclass(frozen=True, kw_only=True)
class _Finding:
    code: str
    severity: Severity
    place: Place | None
    message: str
    fix: str
    steps: tuple[Place, ...] = ()
    variable: str | None = None


class Findings:
    """Gathers problems. They are made complete at the end, when it is known which values must not be shown."""

    def __init__(self) -> None:
        self._kept: list[_Finding] = []
        self._errors_dropped = 0
        self._steps_left = _MOST_STEPS

    @property
    def steps_left(self) -> int:
        """How many steps of the next circle are kept."""
        return max(self._steps_left, _FEWEST_STEPS)

    def error(self, code: str, place: Place, message: str, fix: str, *, steps: Iterable[Place] = ()) -> None:
        """Note an error; ``steps`` are the places of a circle."""
        kept = tuple(islice(steps, self.steps_left))
        self._steps_left -= len(kept)
        self._keep(_Finding(code=code, severity=Severity.ERROR, place=place, message=message, fix=fix, steps=kept))

    def warning(self, code: str, place: Place, message: str, fix: str) -> None:
        """Note what is allowed, and probably not meant."""
        self._keep(_Finding(code=code, severity=Severity.WARNING, place=place, message=message, fix=fix))

    def given_error(self, code: str, variable: str, message: str, fix: str) -> None:
        """Note an error in a variable that the job gives, or should give."""
        self._keep(
            _Finding(code=code, severity=Severity.ERROR, place=None, message=message, fix=fix, variable=variable)
        )

    def _keep(self, finding: _Finding) -> None:
        if len(self._kept) < MOST_TOLD:
            self._kept.append(finding)
        else:
            self._errors_dropped += finding.severity is Severity.ERROR

    def diagnostics(self, hidden: Mapping[str, Sequence[Span]]) -> tuple[Diagnostic, ...]:
        """Return every problem, by template and place; ``hidden`` has the parts of templates that must not be shown."""
        order: dict[str, int] = {}
        for finding in self._kept:
            order.setdefault(finding.place.source.name if finding.place else "", len(order))

        def key(finding: _Finding) -> tuple[int, int]:
            if finding.place is None:
                return len(order), 0
            return order[finding.place.source.name], finding.place.span.start

        told = [_complete(finding, hidden) for finding in sorted(self._kept, key=key)]
        return (*told, *self._count())

    def _count(self) -> list[Diagnostic]:
        if not self._errors_dropped:
            return []
        return [
            Diagnostic(
                code="too-many",
                severity=Severity.ERROR,
                message=f"There are {self._errors_dropped} more errors.",
                fix="Mend these first.",
                template="",
                line=None,
                column=None,
                excerpt=None,
            )
        ]


def _complete(finding: _Finding, hidden: Mapping[str, Sequence[Span]]) -> Diagnostic:
    place = finding.place
    position = place.source.position(place.span.start) if place else None
    return Diagnostic(
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        fix=finding.fix,
        template=place.source.name if place else "",
        line=position.line if position else None,
        column=position.column if position else None,
        excerpt=_excerpt(place, hidden.get(place.source.name, ())) if place else None,
        notes=tuple(_note(step, hidden.get(step.source.name, ())) for step in finding.steps),
        variable=finding.variable,
    )


def _excerpt(place: Place, hidden: Sequence[Span]) -> Excerpt:
    whole = place.source.line_span(place.span.start)
    kept = _around(place, whole)
    left, right = "…" if kept.start > whole.start else "", "…" if kept.end < whole.end else ""
    start = place.span.start - kept.start
    end = max(min(place.span.end, kept.end) - kept.start, start + 1)
    line = f"{left}{_masked(place.source, kept, hidden)}{right}"
    return Excerpt(line=line, start=start + len(left), end=end + len(left))


def _note(place: Place, hidden: Sequence[Span]) -> Note:
    source = place.source
    kept = _around(place, source.line_span(place.span.start))
    text = _masked(source, kept, hidden).strip()
    return Note(template=source.name, line=source.position(place.span.start).line, text=text)


def _around(place: Place, line: Span) -> Span:
    start = place.span.start
    return Span(start=max(line.start, start - _BEFORE), end=max(min(line.end, start + _BEHIND), start))


def _masked(source: Source, part: Span, hidden: Sequence[Span]) -> str:
    """Return part of a line with every hidden character replaced, so that the columns stay what they are.

    The hidden spans are in order and do not overlap.
    """
    text = source.part(part)
    for span in _from(hidden, part.start):
        if span.start >= part.end:
            break
        start, end = max(span.start - part.start, 0), min(span.end, part.end) - part.start
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def _from(hidden: Sequence[Span], offset: int) -> Iterable[Span]:
    """Return the spans that end behind an offset, one by one."""
    first = bisect_right(hidden, offset, key=lambda span: span.end)
    return (hidden[index] for index in range(first, len(hidden)))
