"""The report as plain data: what ``--format json`` prints, what is stored, and what every other report is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

import sickbay
from sickbay.diagnosis.verdict import UNKNOWN, Diagnosis
from sickbay.redaction import Redactor

Report = dict[str, Any]
"""``{"state": …, "verdicts": […], "looked_at": […], "unknown": bool, "engine": version, …}``, for ``json.dumps``."""


#: What was weighed for a check, in sentences.
_WEIGHED = ("speaking", "opposing")


class InvalidReportError(ValueError):
    """A stored report does not have the form of a report."""


def report_of(diagnosis: Diagnosis, redactor: Redactor) -> Report:
    """Return a diagnosis as a report. ``redactor`` is the sink: every text of the report goes through it."""
    report = plain_report(diagnosis, sickbay.__version__)
    hidden = _Together(report, redactor)
    return {
        **report,
        "verdicts": [_hidden_verdict(verdict, hidden) for verdict in report["verdicts"]],
        "looked_at": [_hidden_looked(looked, hidden) for looked in report["looked_at"]],
        "checks": [_hidden_check(check, hidden) for check in report["checks"]],
        "next_probe": _hidden_probe(report["next_probe"], hidden),
    }


def plain_report(diagnosis: Diagnosis, engine: str) -> Report:
    """Return a diagnosis whose secrets are hidden already as a report, made by the given version of the engine."""
    report = _renamed(msgspec.to_builtins(diagnosis), "class_", "class")
    return {
        "state": diagnosis.state.value,
        **report,
        "undecided": list(diagnosis.undecided),
        "unknown": any(verdict.cause == UNKNOWN for verdict in diagnosis.verdicts),
        "engine": engine,
    }


def diagnosis_of(report: Mapping[str, object]) -> Diagnosis:
    """Return the diagnosis that a report was made from. Raises :class:`InvalidReportError`."""
    try:
        return msgspec.convert(_renamed(report, "class", "class_"), Diagnosis)
    except msgspec.ValidationError as error:
        raise InvalidReportError(f"this is no report: {error}") from error


def _renamed(report: Mapping[str, object], old: str, new: str) -> Report:
    """Return a report with a key of its verdicts renamed: Python may not call a field ``class``."""
    verdicts = report.get("verdicts")
    if not isinstance(verdicts, list | tuple):
        return {**report}
    again = [{new if key == old else key: value for key, value in verdict.items()} for verdict in verdicts]
    return {**report, "verdicts": again}


class _Together:
    """Texts that came from outside, hidden as one: what is found in one line is hidden in all, behind one label."""

    def __init__(self, report: Report, redactor: Redactor) -> None:
        given = list(dict.fromkeys(_texts(report)))
        self._hidden = dict(zip(given, redactor.together(given), strict=True))

    def text(self, text: str) -> str:
        """Return one of them, hidden."""
        return self._hidden[text]


def _texts(report: Report) -> Iterator[str]:
    for verdict in report["verdicts"]:
        yield verdict["title"]
        yield verdict["repair"]
        yield from (text for evidence in verdict["evidence"] for text in _with_beginning(evidence))
    for looked in report["looked_at"]:
        yield looked["detail"]
        yield from (text for line in looked["last_lines"] for text in _with_beginning(line))
    for check in report["checks"]:
        yield check["why"]
        yield from (text for name in _WEIGHED for text in (check["weighing"] or {}).get(name, ()))
    if probe := report["next_probe"]:
        yield probe["command"]
        yield from (answer["says"] for answer in probe["answers"])


def _with_beginning(evidence: dict[str, Any]) -> Iterator[str]:
    """Yield a line, and what of it stands before its column."""
    yield evidence["text"]
    if evidence["column"] is not None:
        yield evidence["text"][: evidence["column"] - 1]


def _hidden_verdict(verdict: dict[str, Any], hidden: _Together) -> dict[str, Any]:
    """Hide secrets in what came from outside; slugs, numbers, and the report's own keys stay as they are."""
    return {
        **verdict,
        "title": hidden.text(verdict["title"]),
        "evidence": [_hidden_evidence(evidence, hidden) for evidence in verdict["evidence"]],
        "repair": hidden.text(verdict["repair"]),
    }


def _hidden_evidence(evidence: dict[str, Any], hidden: _Together) -> dict[str, Any]:
    text, column = evidence["text"], evidence["column"]
    shown = hidden.text(text)
    if column is not None and shown != text:  # what was hidden before it has another length
        column = min(len(hidden.text(text[: column - 1])), len(shown)) + 1
    return {**evidence, "text": shown, "column": column}


def _hidden_looked(looked: dict[str, Any], hidden: _Together) -> dict[str, Any]:
    return {
        **looked,
        "detail": hidden.text(looked["detail"]),
        "last_lines": [_hidden_evidence(line, hidden) for line in looked["last_lines"]],
    }


def _hidden_check(check: dict[str, Any], hidden: _Together) -> dict[str, Any]:
    weighing = check["weighing"]
    if weighing is not None:
        weighing = {**weighing, **{name: [hidden.text(text) for text in weighing[name]] for name in _WEIGHED}}
    return {**check, "why": hidden.text(check["why"]), "weighing": weighing}


def _hidden_probe(probe: dict[str, Any] | None, hidden: _Together) -> dict[str, Any] | None:
    if probe is None:
        return None
    answers = [{**answer, "says": hidden.text(answer["says"])} for answer in probe["answers"]]
    return {**probe, "command": hidden.text(probe["command"]), "answers": answers}
