"""Making an issue report. This is where its secrets are hidden: before here they may stand in it, behind here not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

import msgspec

from sickbay.diagnosis.verdict import Diagnosis, Evidence
from sickbay.facts.model import FactValue
from sickbay.guides.model import Guide, ProblemClass
from sickbay.redaction import Redactor
from sickbay.reports import narrative
from sickbay.reports.case import Case, Surroundings
from sickbay.reports.characters import printable_value, shortened
from sickbay.reports.excerpts import Choice, choose, parts_of
from sickbay.reports.issue import GuideEntry, Issue, Item, Log
from sickbay.reports.json_report import Report, diagnosis_of, report_of

#: Characters shown of one fact, such as a long command.
_LONGEST_VALUE = 1500


class _Hidden(msgspec.Struct):
    """What comes back from the redactor."""

    report: Report
    facts: dict[str, Any]
    environment: dict[str, Any]
    variables: list[str]
    guides: list[GuideEntry]
    origin: str
    again: str
    uris: dict[str, str]
    blocks: list[list[str]]


def issue_of(case: Case, guides: Iterable[Guide], surroundings: Surroundings, redactor: Redactor) -> Issue:
    """Return the report of a case. ``redactor`` is the sink: every text goes through it, and is printable then."""
    choices = choose(case.facts.texts, _told(case.diagnosis))
    raw = {
        "report": report_of(case.diagnosis, redactor),
        "facts": {name: fact.value for name, fact in case.facts.values.items()},
        "environment": dict(surroundings.environment),
        "variables": list(surroundings.variables),
        "guides": [msgspec.to_builtins(entry) for entry in _entries(case.diagnosis, guides)],
        "origin": case.origin,
        "again": case.again,
        "uris": dict(case.uris),
        "blocks": [[block.text for block in choice.blocks] for choice in choices],
    }
    hidden = msgspec.convert(printable_value(redactor.value(raw)), _Hidden)
    return _issue(case, hidden, choices, surroundings)


def _told(diagnosis: Diagnosis) -> list[Evidence]:
    return [evidence for verdict in diagnosis.verdicts for evidence in verdict.evidence]


def _entries(diagnosis: Diagnosis, guides: Iterable[Guide]) -> list[GuideEntry]:
    wanted = {verdict.guide for verdict in diagnosis.verdicts}
    return [_entry(guide) for guide in guides if guide.slug in wanted]


def _entry(guide: Guide) -> GuideEntry:
    front = guide.front
    return GuideEntry(
        slug=guide.slug,
        title=guide.title,
        class_=front.class_,
        severity=front.severity,
        problem=front.problem,
        root_cause=front.root_cause,
        solution=front.solution,
        impact=front.impact,
    )


def _issue(case: Case, hidden: _Hidden, choices: Sequence[Choice], surroundings: Surroundings) -> Issue:
    diagnosis = diagnosis_of(hidden.report)
    values = {name: _short(value) for name, value in hidden.facts.items()}
    return Issue(
        origin=hidden.origin,
        made=surroundings.made,
        engine=str(hidden.report["engine"]),
        diagnosis=diagnosis,
        guides=tuple(hidden.guides),
        checked=get_args(ProblemClass),
        environment=(
            *(Item(name=name, value=str(value)) for name, value in hidden.environment.items()),
            *narrative.place(values),
        ),
        steps=narrative.steps(values, diagnosis, hidden.again),
        expected=narrative.expected(values, diagnosis),
        actual=narrative.actual(values, diagnosis),
        facts=values,
        variables=tuple(hidden.variables),
        logs=tuple(
            _log(choice, blocks, diagnosis, hidden) for choice, blocks in zip(choices, hidden.blocks, strict=True)
        ),
    )


def _short(value: FactValue) -> FactValue:
    return shortened(value, longest=_LONGEST_VALUE) if isinstance(value, str) else value


def _log(choice: Choice, blocks: Sequence[str], diagnosis: Diagnosis, hidden: _Hidden) -> Log:
    columns = {each.line: each.column for each in _told(diagnosis) if each.source == choice.source and each.line}
    return Log(
        source=choice.source,
        origin=hidden.origin,
        uri=hidden.uris.get(choice.source, choice.source),
        line_count=choice.line_count,
        parts=parts_of(choice, blocks, columns),
        left_out_after=choice.line_count - (choice.blocks[-1].shown[1] if choice.blocks else 0),
    )
