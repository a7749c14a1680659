"""A database is the same while its rows are, whatever its file's bytes say."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from sickbay.lab.folder_state import differences, folder_state


def _done(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_a_row_that_was_put_back_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    _done(path, "create table queue (name text, paused integer)", "insert into queue values ('nightly', 1)")
    before, content = folder_state(tmp_path), path.read_bytes()
    _done(path, "update queue set paused = 0")
    assert differences(before, folder_state(tmp_path)) != ()
    _done(path, "update queue set paused = 1")
    assert path.read_bytes() != content
    assert differences(before, folder_state(tmp_path)) == ()


def test_a_file_that_only_begins_like_a_database_is_told_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite3"
    path.write_bytes(b"SQLite format 3\0 and nothing else")
    before = folder_state(tmp_path)
    path.write_bytes(b"SQLite format 3\0 and something else")
    assert differences(before, folder_state(tmp_path)) != ()
