"""Texts that others wrote, made fit to be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.reports.characters import code_spans, counted, printable, shortened


@given(st.text())
def test_what_is_printable_has_no_character_that_acts(text: str) -> None:
    shown = printable(text)
    assert shown.replace("\n", "").isprintable()
    assert shown.count("\n") == text.count("\n")
    assert shown.encode().decode() == shown


@given(st.text(max_size=2000), st.integers(1, 2000), st.integers(80, 500))
def test_a_line_is_cut_around_its_telling_part_and_its_rest_is_counted(text: str, column: int, longest: int) -> None:
    text = text.rstrip()
    shown = shortened(text, column=min(column, len(text) or 1), longest=longest)
    if len(text) <= longest:
        assert shown == text
    else:
        assert text[min(column, len(text)) - 1] in shown
        assert len(shown) <= longest + 40


@pytest.mark.parametrize(
    ("sentence", "pieces"),
    [
        ("Run `df` now", [(False, "Run "), (True, "df"), (False, " now")]),
        ("no code", [(False, "no code")]),
        ("one ` alone", [(False, "one ` alone")]),
        ("", []),
    ],
)
def test_code_in_a_sentence_is_told_from_its_words(sentence: str, pieces: list[tuple[bool, str]]) -> None:
    assert code_spans(sentence) == pieces


def test_numbers_are_told_with_their_noun() -> None:
    assert [counted(number, "line") for number in (0, 1, 12000)] == ["0 lines", "1 line", "12,000 lines"]
