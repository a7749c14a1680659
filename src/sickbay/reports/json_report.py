"""The report as plain data: what ``--format json`` prints, what is stored, and what every other report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

import sickbay
from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Diagnosis, Evidence, Looked, Verdict
from sickbay.redaction import Redactor

Report = dict[str, Any]
"""``{"verdicts": […], "looked_at": […], "unknown": bool, "engine": version}``, ready for ``json.dumps``."""


class _Evidence(msgspec.Struct, frozen=True):
    source: str
    line: int | None
    text: str


class _Verdict(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    cause: str
    certainty: Certainty
    title: str
    class_: str
    evidence: list[_Evidence]
    repair: str
    guide: str


class _Looked(msgspec.Struct, frozen=True):
    source: str
    detail: str


class _Report(msgspec.Struct, frozen=True):
    verdicts: list[_Verdict]
    looked_at: list[_Looked]
    unknown: bool
    engine: str


class InvalidReportError(ValueError):
    """A stored report does not have the form of a report."""


def report_of(diagnosis: Diagnosis, redactor: Redactor) -> Report:
    """Return a diagnosis as a report. ``redactor`` is the sink: every text of the report goes through it."""
    report = _Report(
        verdicts=[_verdict(verdict) for verdict in diagnosis.verdicts],
        looked_at=[_Looked(source=looked.source, detail=looked.detail) for looked in diagnosis.looked_at],
        unknown=any(verdict.cause == UNKNOWN for verdict in diagnosis.verdicts),
        engine=sickbay.__version__,
    )
    hidden: Report = _redacted(msgspec.to_builtins(report), redactor)
    return hidden


def diagnosis_of(report: Mapping[str, object]) -> Diagnosis:
    """Return the diagnosis that a report was made from. Raises :class:`InvalidReportError`."""
    try:
        known = msgspec.convert(report, _Report)
    except msgspec.ValidationError as error:
        raise InvalidReportError(f"this is no report: {error}") from error
    return Diagnosis(
        verdicts=tuple(_verdict_again(verdict) for verdict in known.verdicts),
        looked_at=tuple(Looked(source=looked.source, detail=looked.detail) for looked in known.looked_at),
    )


def _redacted(report: Report, redactor: Redactor) -> Report:
    """Hide secrets in what came from outside; slugs, numbers, and the report's own keys stay as they are."""
    for verdict in report["verdicts"]:
        verdict["title"] = redactor.text(verdict["title"])
        verdict["repair"] = redactor.text(verdict["repair"])
        for evidence in verdict["evidence"]:
            evidence["text"] = redactor.text(evidence["text"])
    for looked in report["looked_at"]:
        looked["detail"] = redactor.text(looked["detail"])
    return report


def _verdict(verdict: Verdict) -> _Verdict:
    return _Verdict(
        cause=verdict.cause,
        certainty=verdict.certainty,
        title=verdict.title,
        class_=verdict.class_,
        evidence=[_Evidence(source=each.source, line=each.line, text=each.text) for each in verdict.evidence],
        repair=verdict.repair,
        guide=verdict.guide,
    )


def _verdict_again(verdict: _Verdict) -> Verdict:
    return Verdict(
        cause=verdict.cause,
        certainty=verdict.certainty,
        title=verdict.title,
        repair=verdict.repair,
        evidence=tuple(Evidence(source=each.source, line=each.line, text=each.text) for each in verdict.evidence),
        guide=verdict.guide,
        class_=verdict.class_,
    )
