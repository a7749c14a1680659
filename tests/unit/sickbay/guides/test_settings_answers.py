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
    left_out,
    set_again,
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
    assert changed(file, "MEMORY", "128m") == NO
    assert "take that change back first" in capsys.readouterr().out
    assert taken_back(file, "MEMORY", "64m") == YES
    assert taken_back(file, "MEMORY", "64m") == YES
    assert "nothing was changed" in capsys.readouterr().out


def test_a_setting_is_left_out_and_set_again(file: str) -> None:
    before = Path(file).read_bytes()
    assert left_out(file, "MEMORY") == YES
    assert Path(file).read_text() == "EMPTY=\nTAG=latest\n"
    assert set_again(file, "MEMORY") == YES
    assert Path(file).read_bytes() == before
    assert left_out(file, "NOTHING") == NO


def test_a_setting_takes_the_place_of_another(file: str) -> None:
    before = Path(file).read_bytes()
    assert changed(file, "HOST", "tcp://a:1", instead_of="TAG") == YES
    assert Path(file).read_text() == "MEMORY=16m\nEMPTY=\nHOST=tcp://a:1\n"
    assert taken_back(file, "HOST", "tcp://a:1", instead_of="TAG") == YES
    assert Path(file).read_bytes() == before
    assert changed(file, "HOST", "tcp://a:1", instead_of="NOTHING") == NO


@pytest.mark.parametrize(
    "before",
    [
        "DOCKER_HOST=tcp://old:1\n",
        "A=1\nDOCKER_HOST=tcp://old:1\nB=2\n",
        "A=1\nDOCKER_HOST=tcp://old:1",
        "A=1\r\nexport DOCKER_HOST=tcp://old:1\r\nB=2\r\n",
        "A=1\n",
        "A=1",
        "",
    ],
)
def test_a_changed_value_comes_back_to_the_byte(file: str, before: str) -> None:
    Path(file).write_bytes(before.encode())
    assert changed(file, "DOCKER_HOST", "tcp://new:2") == YES
    assert is_value(file, "DOCKER_HOST", "tcp://new:2") == YES
    assert taken_back(file, "DOCKER_HOST", "tcp://new:2") == YES
    assert Path(file).read_bytes() == before.encode()
