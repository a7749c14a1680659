"""A file that a part changes can be put back as it was, and nothing that was written since is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG, CannotChangeError, change, looked, put_back


def _louder(content: bytes) -> bytes:
    return content.upper()


def _refusing(_: bytes) -> bytes:
    raise CannotChangeError("line 3 may mean two things")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.conf"
    path.write_bytes(b"quiet\n")
    path.chmod(0o640)
    return path


def test_a_change_keeps_the_file_as_it_was_beside_it(file: Path) -> None:
    assert change(str(file), _louder) == WELL
    assert file.read_bytes() == b"QUIET\n"
    before = file.with_name("app.conf.before")
    assert before.read_bytes() == b"quiet\n"
    assert before.stat().st_mode == file.stat().st_mode


def test_taking_back_restores_content_and_mode_and_leaves_no_copy(file: Path) -> None:
    mode = file.stat().st_mode
    change(str(file), _louder)
    assert put_back(str(file), _louder) == WELL
    assert file.read_bytes() == b"quiet\n"
    assert file.stat().st_mode == mode
    assert [path.name for path in file.parent.iterdir()] == ["app.conf"]


def test_what_was_written_since_is_not_lost(file: Path) -> None:
    change(str(file), _louder)
    file.write_bytes(b"somebody's\n")
    assert put_back(str(file), _louder) == WRONG
    assert file.read_bytes() == b"somebody's\n"
    assert file.with_name("app.conf.before").read_bytes() == b"quiet\n"


def test_a_copy_that_is_there_already_is_never_written_over(file: Path) -> None:
    before = file.with_name("app.conf.before")
    before.write_bytes(b"older\n")
    assert change(str(file), _louder) == WRONG
    assert (file.read_bytes(), before.read_bytes()) == (b"quiet\n", b"older\n")


def test_nothing_to_change_makes_no_copy_and_can_be_taken_back(file: Path) -> None:
    assert change(str(file), bytes.lower) == WELL
    assert put_back(str(file), bytes.lower) == WELL
    assert [path.name for path in file.parent.iterdir()] == ["app.conf"]


def test_what_has_no_single_right_form_is_left_as_it_is(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert change(str(file), _refusing) == WRONG
    assert capsys.readouterr().out == "line 3 may mean two things\n"
    assert [path.name for path in file.parent.iterdir()] == ["app.conf"]


@pytest.mark.parametrize(("found", "code"), [([], WELL), (["line 1: odd"], WRONG)])
def test_a_look_answers_with_what_it_found(
    found: list[str], code: int, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert looked(str(file), lambda _: found) == code
    assert capsys.readouterr().out.splitlines() == found


def test_a_folder_cannot_be_looked_at(tmp_path: Path) -> None:
    assert looked(str(tmp_path), lambda _: []) == UNREADABLE
