"""The telling part of an expression is rare in ordinary texts, and no match is without it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.guides.library import builtin_guides
from sickbay.signatures.factors import fold
from sickbay.signatures.telling import tellings


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        (r"https?://\S+ dial tcp", {b" dial tcp"}),
        ("(?i)fail(?:ed to open|ure to read)", {b"ed to open", b"ure to read"}),
        (r"^(?:\S+ \| )?(?:panic: |Traceback)", {b"panic: ", b"traceback"}),
        ("(?i:no space left)", {b"no space left"}),
        ("error: .* denied by policy", {b" denied by policy"}),
    ],
)
def test_what_is_on_every_line_is_not_looked_for(expression: str, texts: set[bytes]) -> None:
    assert frozenset().union(*(way.texts() for way in tellings(expression))) == texts


@pytest.mark.parametrize("expression", ["", "x*", r"\d+", "a|", "(?:^|b)", "[ab]c?"])
def test_an_expression_without_a_fixed_text_has_none(expression: str) -> None:
    assert not all(way.texts() for way in tellings(expression))


def _holds_a_way(expression: str, line: str) -> bool:
    folded = fold(line.encode())
    return any(all(any(text in folded for text in each) for each in way.all_texts()) for way in tellings(expression))


_EXPRESSIONS = [
    "(?i)STRASSE (?-i:ü)(?:ber|nter) é",
    "(?i)(?:(?-i:Alpha\u0130)|über beta)",
    "(?i:ärger und )(?:so|weiter)",
]
_WORDS = st.sampled_from(
    ["STRASSE ", "stra\u017f\u017fe ", "ü", "Ü", "ber é", "Alpha\u0130", "ÜBER BETA", "ÄRGER UND ", "so"]
)


@given(st.sampled_from(_EXPRESSIONS), st.lists(_WORDS).map("".join))
def test_case_is_ignored_where_the_expression_ignores_it(expression: str, line: str) -> None:
    assert _holds_a_way(expression, line) or not re.search(expression, line)


def test_every_example_of_a_guide_holds_the_texts_of_a_way() -> None:
    for guide in builtin_guides():
        for signature in guide.front.signatures:
            for line in (signature.example, *signature.also):
                assert _holds_a_way(signature.pattern, line), line
