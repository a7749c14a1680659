"""What guides are told about a setting: yes, no, or that nobody can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.settings_answers import (
    NO,
    UNKNOWN,
    YES,
    changed,
    is_at_least,
    is_at_most,
    is_set,
    is_value,
    taken_back,
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "job.env"
    path.write_text("MEMORY=16m\nEMPTY=\nTAG=latest\n")
    return str(path)


def test_a_setting_is_there_empty_missing_or_not_to_be_told(file: str, tmp_path: Path) -> None:
    assert is_set(file, "MEMORY") == YES
    assert is_set(file, "EMPTY") == NO
    assert is_set(file, "NOTHING") == NO
    assert is_set(str(tmp_path / "none.env"), "MEMORY") == UNKNOWN


def test_a_setting_is_compared_with_a_value(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_value(file, "TAG", "latest") == YES
    assert is_value(file, "TAG", "1.2") == NO
    assert is_value(file, "NOTHING", "") == YES
    assert capsys.readouterr().out == "TAG is latest\nTAG is latest\nNOTHING is empty\n"


def test_a_number_is_enough_too_little_or_no_number(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_at_least(file, "MEMORY", "8m") == YES
    assert is_at_least(file, "MEMORY", "64m") == NO
    assert is_at_least(file, "TAG", "64m") == UNKNOWN
    assert is_at_least(file, "NOTHING", "64m") == UNKNOWN
    assert capsys.readouterr().out == "MEMORY is 16m, which is good\nMEMORY is 16m, which is less than 64m\n"


def test_a_number_is_too_much(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_at_most(file, "MEMORY", "16m") == YES
    assert is_at_most(file, "MEMORY", "8m") == NO
    assert is_at_most(file, "TAG", "8m") == UNKNOWN
    assert capsys.readouterr().out == "MEMORY is 16m, which is good\nMEMORY is 16m, which is more than 8m\n"


def test_a_change_and_the_way_back_say_why_they_cannot_be(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert changed(file, "MEMORY", "64m") == YES
    assert changed(file, "MEMORY", "64m") == UNKNOWN
    assert "take that change back first" in capsys.readouterr().err
    assert taken_back(file, "MEMORY", "64m") == YES
    assert taken_back(file, "MEMORY", "64m") == UNKNOWN
