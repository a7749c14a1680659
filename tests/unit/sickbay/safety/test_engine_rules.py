from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.safety.engine_rules import RefusedCallError, check_call
from tests.unit.sickbay.safety.hostile import HOSTILE, READABLE


@pytest.mark.parametrize("target", READABLE)
def test_what_only_asks_passes(target: str) -> None:
    check_call("GET", target)


@pytest.mark.parametrize(("method", "target", "has_body"), HOSTILE)
def test_all_else_is_refused(method: str, target: str, has_body: bool) -> None:
    with pytest.raises(RefusedCallError):
        check_call(method, target, has_body=has_body)


@given(method=st.text().filter(lambda text: text not in {"GET", "HEAD"}), target=st.sampled_from(READABLE))
def test_no_other_method_passes(method: str, target: str) -> None:
    with pytest.raises(RefusedCallError):
        check_call(method, target)


@given(target=st.sampled_from(READABLE), place=st.integers(0, 200), added=st.sampled_from("\r\n\0 #\\;%é?\x7f\u2028"))
def test_a_character_that_could_be_read_otherwise_is_refused_anywhere(target: str, place: int, added: str) -> None:
    changed = target[:place] + added + target[place:]
    if added == "%" and "%" in target:
        return  # an escape of the query can be broken into another one that is plain
    with pytest.raises(RefusedCallError):
        check_call("GET", changed)


@given(st.text(max_size=60))
def test_whatever_is_asked_is_answered_by_a_refusal_or_not_at_all(target: str) -> None:
    try:
        check_call("GET", f"/{target}")
    except RefusedCallError:
        return
    assert target.isascii()
