"""Conditions follow Kleene's strong logic of yes, no, and could-not-ask; their parser shows where a mistake is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.guides.condition_parser import ConditionError, parse
from sickbay.guides.conditions import All, Any, Condition, Name, Not, Value, evaluate, names, supports

NAMES = ["a", "b", "c", "d"]
_values = st.dictionaries(st.sampled_from(NAMES), st.booleans())


def _conditions() -> st.SearchStrategy[Condition]:
    return st.recursive(
        st.sampled_from(NAMES).map(Name),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))),
        ),
        max_leaves=8,
    )


@given(_conditions(), _values)
def test_not_not_changes_nothing(condition: Condition, values: dict[str, Value]) -> None:
    assert evaluate(Not(Not(condition)), values) == evaluate(condition, values)


@given(_conditions(), _conditions(), _values)
def test_de_morgan_holds(one: Condition, other: Condition, values: dict[str, Value]) -> None:
    assert evaluate(Not(All((one, other))), values) == evaluate(Any((Not(one), Not(other))), values)
    assert evaluate(Not(Any((one, other))), values) == evaluate(All((Not(one), Not(other))), values)


@given(_conditions(), _conditions(), _conditions(), _values)
def test_and_distributes_over_or(a: Condition, b: Condition, c: Condition, values: dict[str, Value]) -> None:
    assert evaluate(All((a, Any((b, c)))), values) == evaluate(Any((All((a, b)), All((a, c)))), values)


@given(_conditions(), _conditions(), _values)
def test_the_order_of_parts_does_not_matter(one: Condition, other: Condition, values: dict[str, Value]) -> None:
    assert evaluate(All((one, other)), values) == evaluate(All((other, one)), values)
    assert evaluate(Any((one, other)), values) == evaluate(Any((other, one)), values)


@given(_conditions(), _values, _values)
def test_learning_more_never_turns_an_answer(
    condition: Condition, known: dict[str, Value], more: dict[str, Value]
) -> None:
    before = evaluate(condition, known)
    assert before is None or evaluate(condition, {**more, **known}) == before


@given(_conditions(), _values)
def test_only_what_is_so_supports_a_condition_that_holds(condition: Condition, values: dict[str, Value]) -> None:
    found = supports(condition, values)
    assert found <= names(condition)
    assert all(values[name] is True for name in found)
    assert not found or evaluate(condition, values) is True


@pytest.mark.parametrize(
    ("text", "values", "answer"),
    [
        ("exit_code == 137", {"exit_code": 137}, True),
        ("exit_code == 137", {}, None),
        ("exit_code in [1, 2]", {"exit_code": 3}, False),
        ("reason in ['oom', 'timeout']", {"reason": "oom"}, True),
        ("peak >= 0.9 * limit", {"peak": 95.0, "limit": 100}, True),
        ("peak >= 0.9 * limit", {"peak": 95.0}, None),
        ("not oom", {}, None),
        ("a and not oom", {"a": True}, None),
        ("a or oom", {"a": True}, True),
        ("a and b or c", {"a": False, "c": True}, True),
        ("a and (b or c)", {"a": False, "c": True}, False),
        ("not a and b", {"a": False, "b": True}, True),
        ("image ~ '^python:3'", {"image": "python:3.11"}, True),
        ("image ~ '^python:3'", {"image": 5}, None),
        ("name == 'x'", {"name": 5}, False),
        ("name != 'x'", {"name": 5}, True),
        ("name < 'x'", {"name": 5}, False),
        ("oom-told and exit-137", {"oom-told": True, "exit-137": True}, True),
        ("oom == true", {"oom": True}, True),
    ],
)
def test_a_condition_answers(text: str, values: dict[str, Value], answer: bool | None) -> None:
    assert evaluate(parse(text), values) is answer


@pytest.mark.parametrize(
    ("text", "place"),
    [("a and", 5), ("a b", 2), ("(a", 2), ("a == ", 5), ("5", 1), ("a ~ b", 5), ("a in [1", 7), ("a & b", 1), ("", 0)],
)
def test_a_mistake_is_shown_at_its_place(text: str, place: int) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text)
    shown, marked = str(caught.value).splitlines()[-2:]
    assert shown.strip() == text.strip()
    assert marked.index("^") - 2 == pytest.approx(place, abs=1)
