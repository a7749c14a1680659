"""Which cause is ahead, by how much, and when nothing decides."""

from __future__ import annotations

import pytest

from sickbay.diagnosis.certainty import MARGIN, margin_of, tied
from sickbay.diagnosis.verdict import Certainty, Diagnosis, Standing
from sickbay.safety.outcome import State
from tests.unit.sickbay.diagnosis.made import causes, check, diagnosed, guide


def _coverage(diagnosis: Diagnosis, cause: str) -> float:
    weighing = check(diagnosis, cause).weighing
    assert weighing is not None
    return weighing.coverage


def test_the_cause_that_explains_more_of_the_symptoms_is_ahead() -> None:
    guides = guide("g", "all: when: sure and state"), guide("h", "part: when: state")
    diagnosis = diagnosed(*guides, text="STATE\nSURE x")
    assert [each.cause for each in diagnosis.verdicts] == ["all", "part"]
    assert _coverage(diagnosis, "all") == 1
    assert _coverage(diagnosis, "part") < 1


def test_what_is_said_many_times_is_one_symptom() -> None:
    guides = guide("g", "rare: when: state"), guide("h", "often: when: sure")
    diagnosis = diagnosed(*guides, text="STATE\n" + "SURE x\n" * 40)
    assert diagnosis.verdicts[0].cause == "rare"
    assert _coverage(diagnosis, "rare") == _coverage(diagnosis, "often") == 0.5


def test_a_weaker_sign_in_the_same_line_explains_that_line_too() -> None:
    diagnosis = diagnosed(guide("g", "it: when: sure"), guide("h", "other: when: hint"), text="SURE x HINT")
    assert _coverage(diagnosis, "other") == 1


def test_what_a_cause_says_to_explain_is_its_doing() -> None:
    guides = guide("g", "first: when: state, explains: [second]"), guide("h", "second: when: sure")
    diagnosis = diagnosed(*guides, text="STATE\nSURE x")
    assert _coverage(diagnosis, "first") == 1
    found = check(diagnosis, "second")
    assert (found.state, found.standing, found.why) == (State.FAIL, Standing.EXPLAINED, "it follows from first")


def test_what_begins_behind_an_unexplained_symptom_counts_less() -> None:
    guides = guide("g", "one: when: state"), guide("h", "other: when: sure")
    diagnosis = diagnosed(*guides, text="SURE x\nSTATE")
    assert diagnosis.undecided == ()
    assert diagnosis.margin == pytest.approx(0.2)
    found = check(diagnosis, "one")
    assert (found.state, found.why) == (State.INCONCLUSIVE, "a symptom that it does not explain came before it")
    assert check(diagnosis, "other").state is State.FAIL


def test_a_weak_line_at_the_start_makes_nobody_the_first() -> None:
    guides = guide("g", "one: when: trace or state"), guide("h", "other: when: sure")
    assert causes(*guides, text="TRACE\nSURE x\nSTATE")[0] == "other"


def test_of_two_that_explain_each_other_the_one_that_was_seen_first_is_ahead() -> None:
    guides = guide("g", "one: when: state, explains: [other]"), guide("h", "other: when: sure, explains: [one]")
    for text, first in (("STATE\nSURE x", "one"), ("SURE x\nSTATE", "other")):
        diagnosis = diagnosed(*guides, text=text)
        assert (diagnosis.verdicts[0].cause, diagnosis.undecided) == (first, ())


def test_in_a_chain_only_the_first_cause_stands() -> None:
    guides = (
        guide("g", "first: when: hint, explains: [second]"),
        guide("h", "second: when: sure, explains: [third]"),
        guide("i", "third: when: state"),
    )
    diagnosis = diagnosed(*guides, text="STATE\nSURE x\nHINT")
    assert [each.cause for each in diagnosis.verdicts] == ["first"]
    assert check(diagnosis, "third").why == "it follows from first"


def test_between_equals_nothing_is_named_alone() -> None:
    guides = guide("g", "one: when: sure"), guide("h", "other: when: sure")
    diagnosis = diagnosed(*guides, text="SURE x", exit_code=1)
    assert diagnosis.state is State.INCONCLUSIVE
    assert set(diagnosis.undecided) == {"one", "other"}
    assert diagnosis.margin == 0
    assert {each.certainty for each in diagnosis.verdicts} == {Certainty.POSSIBLE}
    assert check(diagnosis, "one").why == "nothing decides between it and other"


def test_what_follows_from_causes_between_which_nothing_decides_is_inconclusive_too() -> None:
    guides = (
        guide("g", "one: when: sure, explains: [third]"),
        guide("h", "other: when: sure, explains: [third]"),
        guide("i", "third: when: state"),
    )
    diagnosis = diagnosed(*guides, text="SURE x\nSTATE")
    found = check(diagnosis, "third")
    assert (found.state, found.standing) == (State.INCONCLUSIVE, Standing.EXPLAINED)


def test_a_weak_sign_more_does_not_decide_between_two_strong_ones() -> None:
    guides = guide("g", "one: when: sure"), guide("h", "other: when: sure or trace")
    diagnosis = diagnosed(*guides, text="SURE x\nTRACE")
    assert set(diagnosis.undecided) == {"one", "other"}


def test_a_verdict_needs_strength() -> None:
    assert diagnosed(guide("g", "it: when: hint"), text="HINT").state is State.INCONCLUSIVE
    assert diagnosed(guide("g", "it: when: sure"), text="SURE x").state is State.FAIL


def test_a_cause_that_nothing_competes_with_has_no_margin() -> None:
    diagnosis = diagnosed(guide("g", "it: when: sure"), text="SURE x")
    assert diagnosis.margin is None
    assert check(diagnosis, "it").why == "nothing else explains it"


def test_the_healthy_is_ok_and_the_unknown_is_inconclusive() -> None:
    one = guide("g", "it: when: sure")
    assert diagnosed(one, text="all is well").state is State.OK
    assert diagnosed(one, text="all is well", exit_code=0).state is State.OK
    assert diagnosed(one, text="quux", exit_code=1).state is State.INCONCLUSIVE


def test_where_there_is_nothing_to_read_nothing_was_measured() -> None:
    diagnosis = diagnosed(guide("g", "it: when: sure"))
    assert (diagnosis.state, diagnosis.verdicts) == (State.NOT_MEASURED, ())
    assert diagnosis.not_measured
    assert diagnosed(guide("g", "it: when: sure"), exit_code=0).state is State.OK


def test_a_weak_sign_is_no_verdict_where_nothing_went_wrong() -> None:
    one = guide("g", "it: when: trace")
    diagnosis = diagnosed(one, text="TRACE")
    assert diagnosis.verdicts == ()
    assert check(diagnosis, "it").standing is Standing.SET_ASIDE
    assert causes(one, text="TRACE", exit_code=1) == ["it"]


@pytest.mark.parametrize(
    ("scores", "margin", "close"),
    [
        ([], None, 0),
        ([8.0], None, 0),
        ([8.0, 8.0], 0.0, 2),
        ([8.0, 7.5, 4.0], 0.062, 2),
        ([10.0, 9.0], 0.1, 0),
        ([10.0, 9.1, 9.05], 0.09, 3),
    ],
)
def test_the_margin(scores: list[float], margin: float | None, close: int) -> None:
    assert MARGIN == 0.1
    assert margin_of(scores) == margin
    assert tied(scores) == close
