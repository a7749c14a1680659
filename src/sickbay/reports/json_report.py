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
    report: Report = msgspec.to_builtins(diagnosis)
    return {
        "verdicts": [_hidden_verdict(verdict, redactor) for verdict in report["verdicts"]],
        "looked_at": [_hidden_looked(looked, redactor) for looked in report["looked_at"]],
        "unknown": any(verdict.cause == UNKNOWN for verdict in diagnosis.verdicts),
        "engine": sickbay.__version__,
    }


def diagnosis_of(report: Mapping[str, object]) -> Diagnosis:
    """Return the diagnosis that a report was made from. Raises :class:`InvalidReportError`."""
    try:
        verdicts = msgspec.convert(report.get("verdicts"), list[dict[str, Any]])
        again = [{"class_" if key == "class" else key: value for key, value in each.items()} for each in verdicts]
        return msgspec.convert({**report, "verdicts": again}, Diagnosis)
    except msgspec.ValidationError as error:
        raise InvalidReportError(f"this is no report: {error}") from error


def _hidden_verdict(verdict: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Hide secrets in what came from outside; slugs, numbers, and the report's own keys stay as they are."""
    shown = {"class" if key == "class_" else key: value for key, value in verdict.items()}
    return {
        **shown,
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
