"""Whatever an expression matches holds one of each set of its fixed texts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.guides.library import builtin_guides
from sickbay.signatures.factors import factors, fold

EXPRESSIONS = sorted(signature.pattern for guide in builtin_guides() for signature in guide.front.signatures)


def _texts(expression: str) -> list[set[str]]:
    return [{text.decode() for text in alternatives} for alternatives in factors(expression)]


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        ("not found", [{"not found"}]),
        ("(?i)Not Found", [{"not found"}]),
        (r"\bexec: (?P<name>\S+): not found$", [{": not found"}, {"exec: "}]),
        ("permission denied|no access", [{"permission denied", "no access"}]),
        ("(?:abc)+x*", [{"abc"}]),
        ("(?:abc)*xy", [{"xy"}]),
        ("[Kk]illed", [{"killed"}]),
        ("(?i:Error) at", [{"error"}, {" at"}]),
        ("colou?r is", [{"r is"}, {"colo"}]),
        ("(?!abc)def(?=ghi)", [{"def"}]),
        (r"\d+", []),
        ("abc|.*", []),
    ],
)
def test_the_fixed_texts_of_an_expression(expression: str, texts: list[set[str]]) -> None:
    assert _texts(expression) == texts


@given(st.data())
def test_every_match_holds_one_text_of_each_set(data: st.DataObject) -> None:
    expression = data.draw(st.sampled_from(EXPRESSIONS))
    text = data.draw(st.from_regex(expression))
    if re.search(expression, text) is None:
        return
    folded = fold(text.encode("utf-8", "surrogatepass"))
    assert all(any(each in folded for each in alternatives) for alternatives in factors(expression))


@pytest.mark.parametrize("odd", ["\u0130", "\u0131", "\u017f", "\u212a"])
def test_letters_that_match_where_case_is_ignored_are_folded(odd: str) -> None:
    plain = next(letter for letter in "isk" if re.fullmatch(letter, odd, re.IGNORECASE))
    assert fold(f"A{odd}B".encode()) == f"a{plain}b".encode()


def test_no_other_letter_matches_an_ascii_letter_where_case_is_ignored() -> None:
    odd = [
        chr(code)
        for code in range(128, 0x11000)
        if re.fullmatch("[a-z]", chr(code), re.IGNORECASE)
        and fold(chr(code).encode("utf-8", "surrogatepass"))[:1] > b"z"
    ]
    assert odd == []


def test_a_broken_expression_says_so() -> None:
    with pytest.raises(re.error):
        factors("(")
