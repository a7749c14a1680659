"""What a preflight found becomes verdicts: problems before warnings, one for each cause."""

from __future__ import annotations

from typing import Any

from sickbay.cli.machine import verdicts_of
from sickbay.diagnosis.verdict import Certainty
from sickbay.guides.library import builtin_guides


def _check(name: str, severity: str, cause: str | None = None, *evidence: str) -> dict[str, Any]:
    guide = "docker-daemon-not-running" if cause else None
    found = {"check": name, "severity": severity, "detail": f"{name} is not well", "advice": "Look.", "cause": cause}
    return {**found, "guide": guide, "evidence": list(evidence)}


def test_problems_are_confirmed_and_come_before_warnings_which_are_possible() -> None:
    found = verdicts_of([_check("disk", "warning"), _check("engine", "problem")], ())
    assert [(each.cause, each.certainty) for each in found] == [
        ("engine", Certainty.CONFIRMED),
        ("disk", Certainty.POSSIBLE),
    ]
    assert [each.text for each in found[0].evidence] == ["engine is not well"]


def test_what_has_one_cause_is_one_verdict_with_all_the_evidence() -> None:
    cause = "docker-daemon-not-running"
    checks = [_check("engine", "problem", cause, "no answer"), _check("socket", "problem", cause, "no socket")]
    (verdict,) = verdicts_of(checks, builtin_guides())
    assert (verdict.guide, verdict.class_) == (cause, "docker")
    assert [(each.source, each.text) for each in verdict.evidence] == [("engine", "no answer"), ("socket", "no socket")]
