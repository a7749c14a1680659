"""What refutes a cause, what makes it less likely, and what it waits for."""

from __future__ import annotations

import pytest

from sickbay.diagnosis.contradiction import asked_for, opposing, speaking, unknown, waiting
from sickbay.diagnosis.verdict import Certainty, Standing
from sickbay.guides.condition_parser import parse
from sickbay.guides.conditions import Value
from sickbay.safety.outcome import State
from tests.unit.sickbay.diagnosis.made import causes, check, diagnosed, guide


@pytest.mark.parametrize(
    ("condition", "values", "names"),
    [
        ("a and b", {"a": True, "b": False}, {"b"}),
        ("a and not b", {"a": True, "b": True}, {"b"}),
        ("a and not (b and c)", {"a": True, "b": True, "c": True}, {"b", "c"}),
        ("a and not (b or c)", {"a": True, "b": False, "c": True}, {"c"}),
        ("a and (b or c)", {"a": True, "b": False, "c": False}, {"b", "c"}),
        ("a and n > 3", {"a": True, "n": 2}, {"n"}),
        ("a and b or c", {"a": True, "b": False, "c": True}, {"b"}),
        ("(a and b or c) and d", {"a": True, "b": False, "c": False, "d": True}, {"b", "c"}),
        # Nothing speaks for it, so there is nothing to refute.
        ("a and b", {"a": False, "b": False}, set()),
        ("not a and b", {"a": True, "b": False}, set()),
        # An alternative that does not occur refutes nothing.
        ("a or b", {"a": True, "b": False}, set()),
        # What is not known refutes nothing.
        ("a and b", {"a": True}, set()),
    ],
)
def test_what_refutes(condition: str, values: dict[str, Value], names: set[str]) -> None:
    assert opposing(parse(condition), values) == names


@pytest.mark.parametrize(
    ("condition", "values", "names"),
    [
        ("a and b", {"a": True}, {"b"}),
        ("a and not b", {"a": True}, {"b"}),
        ("a and (b or c)", {"a": True, "b": False}, {"c"}),
        ("d or a and b", {"a": True, "d": False}, {"b"}),
        ("a and b", {}, set()),
        ("a and b and c", {"a": True, "c": False}, set()),
    ],
)
def test_what_is_waited_for(condition: str, values: dict[str, Value], names: set[str]) -> None:
    assert unknown(parse(condition), values) == names


@pytest.mark.parametrize(
    ("condition", "values", "names"),
    [
        ("a and b", {"a": True}, {"a"}),
        ("a and b or c and d", {"a": True, "b": False, "c": True}, {"c"}),
        ("a and b or c", {"a": True, "b": False}, set()),
        ("a or b", {"a": True}, set()),
        ("a and b", {"a": True, "b": False}, set()),
    ],
)
def test_what_waits(condition: str, values: dict[str, Value], names: set[str]) -> None:
    assert waiting(parse(condition), values) == names


def test_what_is_asked_to_be_absent_does_not_speak_for_it() -> None:
    condition = parse("a and not b or n >= 2")
    assert asked_for(condition) == {"a", "n"}
    assert speaking(condition, {"a": True, "b": True, "n": 3}) == {"a", "n"}


def test_a_cause_is_ruled_out_by_a_fact_and_the_fact_is_told() -> None:
    found = check(diagnosed(guide("g", "it: when: hint and killed"), text="HINT", oom_killed=False), "it")
    assert (found.state, found.standing, found.why) == (
        State.OK,
        Standing.RULED_OUT,
        "oom_killed = false, so not: The kernel killed it.",
    )


def test_a_cause_is_ruled_out_by_a_line_that_must_not_be_there() -> None:
    diagnosis = diagnosed(guide("g", "it: when: hint and not sure"), text="HINT\nSURE x")
    assert diagnosis.verdicts == ()
    assert check(diagnosis, "it").why == "text:2 SURE x"
    assert [each.cause for each in diagnosis.ruled_out] == ["it"]


def test_a_cause_is_ruled_out_by_a_line_that_is_missing() -> None:
    found = check(diagnosed(guide("g", "it: when: hint and state"), text="HINT"), "it")
    assert found.why == "there is no line like: STATE"


def test_a_condition_that_holds_and_must_not_is_told_in_its_own_words() -> None:
    found = check(diagnosed(guide("g", "it: when: hint and not killed"), text="HINT", oom_killed=True), "it")
    assert found.why == "The kernel killed it."


def test_what_contradicts_another_way_to_a_cause_makes_it_weigh_less() -> None:
    one = guide("g", "it: when: sure or hint and not killed")
    free = check(diagnosed(one, text="SURE x\nHINT"), "it").weighing
    contradicted = check(diagnosed(one, text="SURE x\nHINT", oom_killed=True), "it").weighing
    assert free is not None
    assert contradicted is not None
    assert (free.against, contradicted.against) == (0, 5)
    assert contradicted.score < free.score
    assert contradicted.opposing == ("strong 10: The kernel killed it.",)


def test_what_is_contradicted_is_less_sure() -> None:
    one = guide("g", "it: when: sure or hint and not code-8")
    doubted = diagnosed(one, text="SURE x\nHINT", exit_code=8).best
    free = diagnosed(one, text="SURE x\nHINT", exit_code=7).best
    assert doubted is not None
    assert free is not None
    assert (free.certainty, doubted.certainty) == (Certainty.LIKELY, Certainty.POSSIBLE)


def test_what_a_probe_measured_otherwise_contradicts_wherever_it_is_asked_for() -> None:
    one = guide("g", "it: when: sure or there")
    weighing = check(diagnosed(one, text="SURE x", learned={"g/there": False}), "it").weighing
    assert weighing is not None
    assert weighing.opposing == ("strong 12: there = false",)
    assert weighing.against > 0


def test_what_was_measured_as_one_way_to_the_cause_wants_it_does_not_contradict() -> None:
    one = guide("g", "it: when: sure and there or hint and not there")
    weighing = check(diagnosed(one, text="SURE x\nHINT", learned={"g/there": False}), "it").weighing
    assert weighing is not None
    assert weighing.opposing == ()
    one = guide("g", "it: when: sure or sure and there or sure and not there")
    weighing = check(diagnosed(one, text="SURE x", learned={"g/there": False}), "it").weighing
    assert weighing is not None
    assert weighing.opposing == ()


def test_where_as_much_speaks_against_a_cause_it_is_ruled_out() -> None:
    one = guide("g", "it: when: hint or there")
    diagnosis = diagnosed(one, text="HINT", learned={"g/there": False}, exit_code=1)
    assert [each.cause for each in diagnosis.verdicts] == ["unknown"]
    assert check(diagnosis, "it").standing is Standing.RULED_OUT


def test_a_cause_that_depends_on_what_nobody_asked_is_not_measured() -> None:
    found = check(diagnosed(guide("g", "it: when: hint and killed"), text="HINT"), "it")
    assert (found.state, found.standing) == (State.NOT_MEASURED, Standing.OPEN)
    assert found.why == "it depends on what is not known: oom_killed"


def test_a_strong_line_whose_causes_wait_for_a_look_is_inconclusive_and_not_unknown() -> None:
    one = guide("g", "yes: when: sure and there\nno: when: sure and not there")
    diagnosis = diagnosed(one, text="SURE x", exit_code=1)
    assert diagnosis.state is State.INCONCLUSIVE
    assert set(diagnosis.undecided) == {"yes", "no"}
    assert {check(diagnosis, cause).state for cause in ("yes", "no")} == {State.NOT_MEASURED}


def test_the_circumstances_alone_make_no_cause_that_waits_for_a_look() -> None:
    one = guide("g", "it: when: killed and there")
    diagnosis = diagnosed(one, text="all is well", oom_killed=True)
    assert [each.cause for each in diagnosis.verdicts] == ["unknown"]
    assert check(diagnosis, "it").standing is Standing.OPEN


def test_what_the_unknown_could_not_help_is_ruled_out() -> None:
    one = guide("g", "it: when: hint and killed or there")
    found = check(diagnosed(one, text="HINT", oom_killed=False), "it")
    assert (found.standing, found.why) == (Standing.RULED_OUT, "oom_killed = false, so not: The kernel killed it.")


def test_what_may_hold_does_not_stand_beside_what_is_strong_and_holds() -> None:
    guides = guide("g", "yes: when: sure and there"), guide("h", "it: when: state")
    assert causes(*guides, text="SURE x\nSTATE") == ["it"]
