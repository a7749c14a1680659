"""A change is taken back exactly, and never over what somebody wrote since."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.file_changes import SUFFIX, EditError, change_back, change_file, make_file, take_away


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("one\n")
    path.chmod(0o640)
    return path


def _louder(text: str) -> str:
    if "one" not in text:
        raise EditError("it has no one")
    return text.replace("one", "ONE")


def test_a_change_keeps_mode_and_is_taken_back_without_a_trace(file: Path) -> None:
    assert change_file(str(file), _louder) == 0
    assert file.read_text() == "ONE\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert change_back(str(file), _louder) == 0
    assert file.read_text() == "one\n"
    assert list(file.parent.iterdir()) == [file]


def test_what_was_written_since_is_not_overwritten(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert change_file(str(file), _louder) == 0
    file.write_text("ONE and two\n")
    assert change_back(str(file), _louder) == 1
    assert "changed since" in capsys.readouterr().out
    assert file.read_text() == "ONE and two\n"


def test_a_change_that_does_not_apply_leaves_nothing_behind(file: Path) -> None:
    file.write_text("two\n")
    assert change_file(str(file), _louder) == 1
    assert change_file(str(file), str) == 1
    assert list(file.parent.iterdir()) == [file]


def test_a_second_change_does_not_forget_what_was_there_first(file: Path) -> None:
    assert change_file(str(file), _louder) == 0
    assert change_file(str(file), lambda text: text + "more\n") == 1
    assert Path(str(file) + SUFFIX).read_text() == "one\n"


def test_a_file_that_is_there_is_not_made_and_one_that_changed_is_not_removed(file: Path) -> None:
    assert make_file(str(file), "new\n") == 1
    other = str(file.with_name("other.txt"))
    assert make_file(other, "new\n") == 0
    assert take_away(other, "old\n") == 1
    assert take_away(other, "new\n") == 0
    assert not Path(other).exists()
