from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.safety.budget import SESSION_BYTES, SESSION_CALLS, SESSION_SECONDS, Budget, BudgetSpentError
from sickbay.safety.gate import Go, Refused, decide
from sickbay.safety.session import Status, follow
from tests.unit.sickbay.safety.made import CALM, COLLECT, LOOK, at, started

BUDGET = Budget(started=at(100))


def test_a_session_has_thirty_minutes() -> None:
    assert SESSION_SECONDS == 1800
    assert BUDGET.seconds_left(at(100)) == 1800


def test_at_29_59_a_probe_may_still_begin_with_one_second() -> None:
    session = follow(None, started(100))
    assert decide(session, LOOK, now=at(100 + 29 * 60 + 59), readings=CALM) == Go(
        seconds=1.0, answer_bytes=SESSION_BYTES
    )


@pytest.mark.parametrize("action", [LOOK, COLLECT])
def test_at_30_00_every_probe_is_refused_and_the_session_escalates(action: object) -> None:
    session = follow(None, started(100))
    refused = decide(session, action, now=at(1900), readings=CALM)  # type: ignore[arg-type]  # parametrized
    assert isinstance(refused, Refused)
    assert "30 minutes are over" in refused.why
    [event] = refused.events
    assert follow(session, event).status is Status.ESCALATED


def test_after_another_start_of_the_machine_nothing_is_left() -> None:
    assert BUDGET.seconds_left(at(100, boot="b2")) == 0


def test_before_the_session_began_nothing_is_left() -> None:
    assert BUDGET.seconds_left(at(99.9)) == 0


@given(st.lists(st.floats(min_value=0, max_value=1e7), min_size=2).map(sorted))
def test_what_is_left_never_grows(moments: list[float]) -> None:
    left = [BUDGET.seconds_left(at(100 + each)) for each in moments]
    assert left == sorted(left, reverse=True)
    assert all(0 <= each <= SESSION_SECONDS for each in left)


@given(st.lists(st.integers(0, 10_000)))
def test_counting_never_moves_the_deadline(sizes: list[int]) -> None:
    budget = BUDGET
    for size in sizes:
        budget = budget.with_call(at(200)).with_bytes(size)
    assert budget.started == BUDGET.started
    assert budget.seconds_left(at(200)) == BUDGET.seconds_left(at(200))


def test_calls_are_capped() -> None:
    budget = Budget(started=at(0), calls_used=SESSION_CALLS - 1).with_call(at(1))
    with pytest.raises(BudgetSpentError, match="calls"):
        budget.with_call(at(1))


def test_bytes_are_capped() -> None:
    with pytest.raises(BudgetSpentError, match="MB"):
        BUDGET.with_bytes(SESSION_BYTES).with_call(at(101))


def test_an_answer_of_negative_length_gives_nothing_back() -> None:
    with pytest.raises(ValueError, match="negative"):
        BUDGET.with_bytes(-1)
