"""Looks at a SQLite file and its folder, for the guides about it. Opens the file for reading only."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from urllib.parse import quote

from sickbay.guides.function_parts import NOT_ASKED, WRONG, answer


def check(*, database: str) -> int:
    """Print ``usable``, or what is in the way: ``no folder``, ``folder locked``, ``file locked``, or ``damaged``."""
    file = Path(database)
    if not file.parent.is_dir():
        return answer("no folder", WRONG)
    if not _is_writable(file.parent):
        return answer("folder locked", WRONG)
    if not file.exists():
        return answer("usable")
    if not _is_writable(file):
        return answer("file locked", WRONG)
    try:
        found = _quick_check(file)
    except sqlite3.DatabaseError as error:
        is_damage = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        return answer("damaged", WRONG) if is_damage else answer("not asked", NOT_ASKED)
    return answer("usable") if found == "ok" else answer("damaged", WRONG)


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
