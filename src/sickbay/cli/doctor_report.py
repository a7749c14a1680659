"""A preflight as plain data, hidden as a whole: what ``--format json`` prints, and what the page is made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sickbay
from sickbay.checks.examination import Examination
from sickbay.checks.running import Result
from sickbay.cli.guide_library import guides_here
from sickbay.redaction import Redactor
from sickbay.reports.characters import printable
from sickbay.safety.outcome import State

Report = dict[str, Any]


def report_of_examination(found: Examination, exit_code: int) -> Report:
    """Return a preflight as data, with the guide of each cause that has one."""
    guides = _guides() if found.problems or found.warnings or found.known else {}
    return {
        "healthy": found.is_healthy,
        "exit_code": exit_code,
        "problems": len(found.problems),
        "warnings": len(found.warnings),
        "unanswered": len(found.unanswered),
        "accepted": len(found.known),
        "needs_a_person": found.needs_a_person,
        "seconds": round(found.seconds, 3),
        "sickbay": sickbay.__version__,
        "checks": [_check(found, result, guides) for result in found.results],
    }


def hidden(report: Report) -> Report:
    """Return the report with every text of it hidden, as texts that are shown together, and nothing that acts."""
    texts = [text for check in report["checks"] for text in _texts(check)]
    shown = map(printable, Redactor().together(texts))
    return {**report, "checks": [_with_texts(check, lambda: next(shown)) for check in report["checks"]]}


def _guides() -> dict[str, str]:
    """Return the guide that explains each cause."""
    guides = guides_here()
    by_cause = {cause.id: guide.slug for guide in reversed(guides) for cause in guide.causes}
    return by_cause | {guide.slug: guide.slug for guide in guides}


def _check(found: Examination, result: Result, guides: dict[str, str]) -> Report:
    finding = result.finding
    said = found.accepted.get(result.id)
    return {
        "check": result.id,
        "title": result.title,
        "state": str(finding.outcome.state),
        "reason": None if finding.outcome.reason is None else str(finding.outcome.reason),
        "severity": str(finding.severity) if finding.outcome.state is State.FAIL else None,
        "detail": finding.outcome.detail,
        "evidence": list(finding.evidence),
        "advice": finding.advice,
        "cause": finding.cause or None,
        "guide": guides.get(finding.cause),
        "follows": finding.follows or None,
        "seconds": round(result.seconds, 3),
        "accepted": None
        if said is None
        else {
            "in_force": said.is_in_force,
            "until": said.accepted.until.isoformat(),
            "reason": said.accepted.reason,
            "why_not": said.why_not,
        },
    }


def _texts(check: Report) -> list[str]:
    said = check["accepted"]
    return [check["detail"], check["advice"], *check["evidence"], *([said["reason"], said["why_not"]] if said else [])]


def _with_texts(check: Report, following: Callable[[], str]) -> Report:
    """Return a check with its texts replaced, in the order of :func:`_texts`."""
    shown = {**check, "detail": following(), "advice": following()}
    shown["evidence"] = [following() for _ in check["evidence"]]
    if check["accepted"]:
        shown["accepted"] = {**check["accepted"], "reason": following(), "why_not": following()}
    return shown
