"""What a part prints and returns: what it found, what it changed, and why it could not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import (
    UNREADABLE,
    WELL,
    WRONG,
    all_well,
    answer,
    change,
    change_text,
    failed,
    looked,
    make_file,
    put_back,
    put_text_back,
    take_away,
)
from sickbay.guides.kept_file import CannotChangeError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.conf"
    path.write_bytes(b"quiet\n")
    return path


def _refusing(_: bytes) -> bytes:
    raise CannotChangeError("line 3 may mean two things")


def test_an_answer_is_a_line_or_several(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer("one") == WELL
    assert answer(["two", "three"], WRONG) == WRONG
    assert failed("four\n") == UNREADABLE
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("one\ntwo\nthree\n", "four\n")


def test_a_change_and_its_way_back_are_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert change(str(file), bytes.upper) == WELL
    assert put_back(str(file), bytes.upper) == WELL
    assert put_back(str(file), bytes.upper) == WELL
    assert change(str(file), bytes.lower) == WELL
    told = [line.removeprefix(f"{file}: ") for line in capsys.readouterr().out.splitlines()]
    assert told == [
        f"changed; as it was it is {file}.before-repair",
        "as before",
        "nothing was changed",
        "nothing to change",
    ]


def test_why_nothing_was_changed_is_told(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert change(str(file), _refusing) == WRONG
    assert change(str(tmp_path / "none"), bytes.upper) == WRONG
    assert change(str(file), bytes.upper) == WELL
    capsys.readouterr()
    assert change(str(file), bytes.lower) == WRONG
    file.write_bytes(b"somebody's\n")
    assert put_back(str(file), bytes.upper) == WRONG
    told = capsys.readouterr().out.splitlines()
    assert [" is there already: take that change back first" in told[0], "was changed since" in told[1]] == [True, True]


def test_text_is_changed_and_put_back(file: Path) -> None:
    assert change_text(str(file), str.upper) == WELL
    assert file.read_text() == "QUIET\n"
    assert put_text_back(str(file), str.upper) == WELL
    assert file.read_text() == "quiet\n"


def test_a_file_that_is_there_is_not_made_and_one_that_changed_is_not_removed(file: Path) -> None:
    assert make_file(str(file), "new\n") == WRONG
    other = str(file.with_name("other.txt"))
    assert make_file(other, "new\n") == WELL
    assert take_away(other, "old\n") == WRONG
    assert take_away(other, "new\n") == WELL
    assert take_away(other, "new\n") == WRONG


@pytest.mark.parametrize(("found", "code"), [([], WELL), (["line 1: odd"], WRONG)])
def test_a_look_answers_with_what_it_found(
    found: list[str], code: int, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert looked(str(file), lambda _: found) == code
    assert capsys.readouterr().out.splitlines() == found


def test_a_folder_cannot_be_looked_at(tmp_path: Path) -> None:
    assert looked(str(tmp_path), lambda _: []) == UNREADABLE


def test_all_is_well_where_nothing_is_found(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert all_well(str(file), lambda _: [], "fine") == WELL
    assert all_well(str(file), lambda _: ["odd"], "fine") == WRONG
    assert capsys.readouterr().out == "fine\nodd\n"
