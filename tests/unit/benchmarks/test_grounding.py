"""Shown evidence counts as right only where the text and the guide say so."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.grounding import is_grounded
from tests.unit.sickbay.diagnosis.made import guide

_LINES = ["nothing", "web-1  | a SURE x here", "password=hunter2 SURE y"]
_GUIDES = {"g": guide("g", "it: when: sure")}


def _verdict(*evidence: dict[str, Any]) -> dict[str, Any]:
    return {"cause": "it", "guide": "g", "evidence": list(evidence)}


def _line(number: int | None, column: int | None, text: str) -> dict[str, Any]:
    return {"source": "text", "line": number, "column": column, "text": text}


_TRUE = _line(2, 12, _LINES[1])


@pytest.mark.parametrize(
    "evidence",
    [
        _TRUE,
        _line(3, 21, "password=[password] SURE y"),
        _line(3, 29, "password=[secret:API_TOKEN] SURE y"),
        _line(None, None, "The exit code is 9."),
    ],
)
def test_what_stands_there_is_grounded(evidence: dict[str, Any]) -> None:
    assert is_grounded(_verdict(evidence), _LINES, _GUIDES)


@pytest.mark.parametrize(
    "evidence",
    [
        _line(1, 12, _LINES[1]),
        _line(0, 12, _LINES[1]),
        _line(9, 12, _LINES[1]),
        _line(2, 11, _LINES[1]),
        _line(2, 12, "web-1  | a SURE x there"),
        _line(3, 21, "password=[password] SURE z"),
        _line(1, 1, "nothing"),
    ],
)
def test_what_does_not_is_not(evidence: dict[str, Any]) -> None:
    assert not is_grounded(_verdict(evidence), _LINES, _GUIDES)
    assert not is_grounded(_verdict(_TRUE, evidence), _LINES, _GUIDES)


def test_a_verdict_without_evidence_is_not_grounded() -> None:
    assert not is_grounded(_verdict(), _LINES, _GUIDES)
