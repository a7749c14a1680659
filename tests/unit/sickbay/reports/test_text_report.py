"""The report at a terminal."""

from __future__ import annotations

import pytest

from sickbay.reports.text_report import text_of

from . import cases
from .test_markdown_report import SECTIONS


@pytest.mark.parametrize("name", cases.ALL)
def test_every_section_is_there_and_no_line_is_wider_than_80_columns(name: str) -> None:
    lines = text_of(cases.ALL[name]()).splitlines()
    assert [line for line in lines if line in SECTIONS] == SECTIONS
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)


def test_nothing_acts_on_the_terminal_and_brackets_are_text() -> None:
    text = text_of(cases.hostile())
    assert not set("\x1b\x07\x9b\u202e\ud800") & set(text)
    assert "# heading [x](javascript:alert(1)) @somebody" in text


def test_evidence_is_marked_and_gaps_are_counted() -> None:
    text = text_of(cases.sick())
    assert f"> 400 | {cases.FULL_DISK}" in text
    assert "… 346 lines left out …" in text
