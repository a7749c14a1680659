"""What counts for a cause, and how much."""

from __future__ import annotations

import pytest

from sickbay.diagnosis.verdict import Certainty, Weighing
from tests.unit.sickbay.diagnosis.made import check, diagnosed, guide


def _weighed(
    when: str, text: str = "", learned: dict[str, bool | float | str] | None = None, **context: object
) -> Weighing:
    weighing = check(diagnosed(guide("g", f"it: when: {when}"), text=text, learned=learned, **context), "it").weighing
    assert weighing is not None
    return weighing


@pytest.mark.parametrize(
    ("when", "text", "context", "weight"),
    [
        ("sure", "SURE x", {}, 8),
        ("hint", "HINT", {}, 4),
        ("trace", "TRACE", {"exit_code": 1}, 1),
        ("killed", "", {"oom_killed": True}, 10),
        ("sure or hint", "SURE x\nHINT", {}, 8 + 4 / 4),
        ("sure or state or hint", "SURE x\nSTATE\nHINT", {}, 8 + (8 + 4) / 4),
        ("sure and code-8", "SURE x", {"exit_code": 8}, 8 + 5 / 4),
    ],
)
def test_the_strongest_piece_counts_whole_and_each_further_one_a_quarter(
    when: str, text: str, context: dict[str, object], weight: float
) -> None:
    assert _weighed(when, text, **context).weight == weight


def test_a_line_is_one_witness_however_many_signatures_know_it() -> None:
    assert _weighed("sure or also or hint", "SURE HINT").weight == 8
    assert _weighed("sure or also or hint", "SURE x\nALSO\nHINT").weight == 8 + (8 + 4) / 4


def test_a_signature_is_one_witness_however_many_lines_it_was_found_in() -> None:
    assert _weighed("hint", "HINT\n" * 40).weight == 4


def test_what_a_probe_measured_counts_more_than_a_fact_and_that_more_than_a_line() -> None:
    line = _weighed("sure or there", "SURE x").weight
    fact = _weighed("killed or there", oom_killed=True).weight
    probed = _weighed("killed or there", learned={"g/there": True}).weight
    assert line < fact < probed


def test_what_a_probe_measured_confirms() -> None:
    best = diagnosed(guide("g", "it: when: there"), learned={"g/there": True}).best
    assert best is not None
    assert best.certainty is Certainty.CONFIRMED
    assert [evidence.text for evidence in best.evidence] == ["there = true"]


def test_what_one_guides_probe_measured_is_unknown_to_another_guide() -> None:
    guides = guide("g", "it: when: there"), guide("h", "other: when: there")
    assert [each.cause for each in diagnosed(*guides, learned={"g/there": True}).verdicts] == ["it"]


def test_the_evidence_shows_each_line_once_with_its_most_telling_part() -> None:
    best = diagnosed(guide("g", "it: when: sure or hint"), text="HINT and SURE x\nHINT").best
    assert best is not None
    assert [(each.line, each.column) for each in best.evidence] == [(1, 10), (2, 1)]


def test_the_evidence_shows_what_is_new_before_what_is_said_again() -> None:
    text = "".join(f"SURE x{number}\n" for number in range(9)) + "STATE\n"
    best = diagnosed(guide("g", "it: when: sure or state"), text=text).best
    assert best is not None
    assert [each.line for each in best.evidence] == [1, 10, 2, 3, 4]
