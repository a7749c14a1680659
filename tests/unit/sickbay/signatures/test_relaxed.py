"""Relaxed expressions lose no line that `re` finds, whatever an expression is made of."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay.signatures.pattern import Pattern
from sickbay.signatures.scanner import Scanner, Way
from tests.unit.sickbay.signatures.ways import WAYS, all_ways

EXPRESSIONS = [
    "fail",
    "(?i)fail",
    "(?i)straße|kelvin",
    "(?i:disk) full",
    r"\bfail\b",
    "^fail$",
    r"\Afail\Z",
    "(?<!no )fail",
    "fail(?!ed)",
    "(?=f)fail",
    r"(fail)\s+\1",
    "[^a-z]ail",
    "[^é]ail",
    r"fail\W{2}é",
    "f.{1,2}il",
    "(?:fa|é){2,5}il",
    "(?>fa|f)il",
    "fa?+il",
    "f(?:ai)*+l",
    r"\d{4,}",
    r"(?a:\w+)l",
    "x*",
    "",
    "a|",
    "[\u0130\u017f]",
    "(?x) fa il  # a word",
    "é+",
]
_WORDS = ["fail", "FAIL", "f", "ai", "fa", "il", " ", "\n", "no ", "ed", "x", "1234", "disk full", "\x1f"]
_ODD = ["é", "É", "ü", "straße", "STRA\u017f\u017fE", "\u0130", "\u0131", "\u017f", "\u212aelvin", "\ufffd", "٣٤٥٦"]
_TEXT = st.lists(st.sampled_from([*_WORDS, *_ODD]))


@settings(deadline=None)  # every example compiles
@given(st.sampled_from(EXPRESSIONS), _TEXT)
def test_every_line_that_re_finds_is_found(expression: str, parts: list[str]) -> None:
    text = "".join(parts)
    plainly = [number for number, line in enumerate(text.split("\n"), start=1) if line and re.search(expression, line)]
    for way in WAYS:
        hits = Scanner([Pattern(id="one", expression=expression)], way=way).scan(text.encode())
        assert [hit.line for hit in hits] == plainly


@all_ways
@pytest.mark.parametrize("length", [8192, 8193, 20_000])
def test_the_end_of_what_is_looked_at_is_a_line_s_end(length: int, way: Way) -> None:
    text = ("short\n" + "x" * 8188 + "fail" + "y" * (length - 8192) + "\nfail\n").encode()
    hits = Scanner([Pattern(id="one", expression="fail$")], way=way).scan(text)
    assert [hit.line for hit in hits] == [2, 3]


@all_ways
def test_lines_are_counted_over_all_pieces_of_a_text(way: Way) -> None:
    filler = b"nothing to see here\n" * 500_000
    hits = Scanner([Pattern(id="one", expression="^fail$")], way=way).scan(b"fail\n" + filler + b"fail\n" + filler)
    assert [hit.line for hit in hits] == [1, 500_002]
