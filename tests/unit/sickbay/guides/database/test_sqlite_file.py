"""What is in a SQLite file's way is named, without writing to it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sickbay.guides.database import sqlite_file


def _said(database: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, int]:
    code = sqlite_file.check(database=str(database))
    return capsys.readouterr().out.strip(), code


def test_a_sound_file_and_one_that_will_be_made_are_usable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a?b.sqlite3"
    assert _said(file, capsys) == ("usable", 0)
    with sqlite3.connect(file) as connection:
        connection.execute("create table a (b)")
    connection.close()
    before = file.read_bytes()
    assert _said(file, capsys) == ("usable", 0)
    assert (file.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, [file.name])


def test_each_obstacle_has_its_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(tmp_path / "none" / "a.sqlite3", capsys) == ("no folder", 1)
    file = tmp_path / "a.sqlite3"
    file.write_text("this is no database, and long enough to be looked at")
    assert _said(file, capsys) == ("damaged", 1)
    file.chmod(0o444)
    assert _said(file, capsys) == ("file locked", 1)
    tmp_path.chmod(0o555)
    assert _said(file, capsys) == ("folder locked", 1)
    tmp_path.chmod(0o755)
