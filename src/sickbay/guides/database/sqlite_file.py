"""Looks at a SQLite file and its folder, for the guides about it. Opens the file for reading only."""

from __future__ import annotations

import sqlite3
import stat
import sys
from pathlib import Path
from urllib.parse import quote

_COULD_NOT_ASK = 3


def check(*, database: str) -> int:
    """Print ``usable``, or what is in the way: ``no folder``, ``folder locked``, ``file locked``, or ``damaged``."""
    file = Path(database)
    if not file.parent.is_dir():
        return _answer("no folder", 1)
    if not _is_writable(file.parent):
        return _answer("folder locked", 1)
    if not file.exists():
        return _answer("usable")
    if not _is_writable(file):
        return _answer("file locked", 1)
    try:
        found = _quick_check(file)
    except sqlite3.DatabaseError as error:
        is_damage = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        return _answer("damaged", 1) if is_damage else _answer("not asked", _COULD_NOT_ASK)
    return _answer("usable") if found == "ok" else _answer("damaged", 1)


def _is_writable(path: Path) -> bool:
    """Say whether its owner may write to it."""
    return bool(path.stat().st_mode & stat.S_IWUSR)


def _quick_check(file: Path) -> str:
    connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=2)
    try:
        (found,) = connection.execute("pragma quick_check(1)").fetchone()
    finally:
        connection.close()
    return str(found)


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code
