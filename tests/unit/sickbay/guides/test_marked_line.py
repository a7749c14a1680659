"""A line is replaced so that it can be put back, and only as the repair left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.marked_line import MARK, replace_line, restore_line, setting, setting_line, with_value


def test_the_old_line_stays_as_a_comment_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "a.env"
    file.write_text("A=1\nB=2\nC=3\n")
    file.chmod(0o640)
    assert replace_line(str(file), "B=2", "B=4")
    assert file.read_text() == f"A=1\n{MARK}B=2\nB=4\nC=3\n"
    assert restore_line(str(file), lambda old: old.replace("2", "4"))
    assert file.read_text() == "A=1\nB=2\nC=3\n"
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("old", "new"), [("B=3", "B=4"), ("B=2", "B=2"), ("B=2", "B=4\nC=5"), ("A=1", "A=2")])
def test_nothing_is_replaced_where_it_is_not_clear_what(old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "a.env"
    file.write_text("A=1\nA=1\nB=2")
    assert not replace_line(str(file), old, new)
    assert file.read_text() == "A=1\nA=1\nB=2"


def test_a_second_repair_and_a_change_by_somebody_else_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.env"
    file.write_text("A=1\nB=2\n")
    assert replace_line(str(file), "A=1", "A=3")
    assert not replace_line(str(file), "B=2", "B=3")
    file.write_text(file.read_text().replace("A=3", "A=mine"))
    assert not restore_line(str(file), lambda _: "A=3")
    assert "A=mine" in file.read_text()


def test_nothing_is_put_back_where_nothing_was_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.env"
    file.write_text("A=1\n")
    assert not restore_line(str(file), lambda old: old)


@pytest.mark.parametrize(
    ("line", "value", "changed"),
    [
        ("URL=a://b", "a://b", "URL=new"),
        ('export URL = "a b" ', "a b", 'export URL = "new" '),
        ("URL='x'\r", "x", "URL='new'\r"),
        ("URL=", "", "URL=new"),
    ],
)
def test_a_setting_is_read_with_what_stands_around_it(line: str, value: str, changed: str) -> None:
    text = f"OTHER_URL=no\n\n{line}\nLAST=1"
    found = setting_line(text, "URL")
    assert found is not None
    assert found.group() == line
    assert setting(text, "URL") == value
    assert with_value(found, "new") == changed


def test_a_setting_that_is_not_there_is_empty() -> None:
    assert setting("# URL=a", "URL") == ""
