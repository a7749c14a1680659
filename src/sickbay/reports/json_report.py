"""The report as plain data: what ``--format json`` prints, what is stored, and what every other report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

import sickbay
from sickbay.diagnosis.verdict import UNKNOWN, Diagnosis
from sickbay.redaction import Redactor

Report = dict[str, Any]
"""``{"verdicts": […], "looked_at": […], "unknown": bool, "engine": version}``, ready for ``json.dumps``."""


class InvalidReportError(ValueError):
    """A stored report does not have the form of a report."""


def report_of(diagnosis: Diagnosis, redactor: Redactor) -> Report:
    """Return a diagnosis as a report. ``redactor`` is the sink: every text of the report goes through it."""
    report = plain_report(diagnosis, sickbay.__version__)
    return {
        **report,
        "verdicts": [_hidden_verdict(verdict, redactor) for verdict in report["verdicts"]],
        "looked_at": [_hidden_looked(looked, redactor) for looked in report["looked_at"]],
    }


def plain_report(diagnosis: Diagnosis, engine: str) -> Report:
    """Return a diagnosis whose secrets are hidden already as a report, made by the given version of the engine."""
    report = _renamed(msgspec.to_builtins(diagnosis), "class_", "class")
    return {
        "verdicts": report["verdicts"],
        "looked_at": report["looked_at"],
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


def _hidden_verdict(verdict: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Hide secrets in what came from outside; slugs, numbers, and the report's own keys stay as they are."""
    return {
        **verdict,
        "title": redactor.text(verdict["title"]),
        "evidence": [_hidden_evidence(evidence, redactor) for evidence in verdict["evidence"]],
        "repair": redactor.text(verdict["repair"]),
    }


def _hidden_evidence(evidence: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    text, column = evidence["text"], evidence["column"]
    hidden = redactor.text(text)
    if column is not None and hidden != text:  # what was hidden before it has another length
        column = min(len(redactor.text(text[: column - 1])), len(hidden)) + 1
    return {**evidence, "text": hidden, "column": column}


def _hidden_looked(looked: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    return {
        **looked,
        "detail": redactor.text(looked["detail"]),
        "last_lines": [_hidden_evidence(line, redactor) for line in looked["last_lines"]],
    }
