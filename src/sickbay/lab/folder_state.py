"""What a folder holds, so that two moments can be compared."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

_SQLITE = b"SQLite format 3\0"

State = Mapping[str, str]
"""What there is by name, each as a text that is the same exactly while nothing about it has changed."""


def folder_state(folder: Path) -> State:
    """Return everything below a folder: kind, mode, owner, and content. Times do not count.

    The content of an SQLite database is its rows.
    """
    return {str(path.relative_to(folder)): _described(path) for path in _below(folder)}


def differences(before: State, after: State) -> tuple[str, ...]:
    """Say in words what came, went, and changed; nothing where both are the same."""
    gone = [f"{name} is gone" for name in before if name not in after]
    new = [f"{name} is new" for name in after if name not in before]
    changed = [
        f"{name} changed: {before[name]} -> {after[name]}"
        for name in before
        if name in after and before[name] != after[name]
    ]
    return tuple(sorted([*gone, *new, *changed]))


def _below(folder: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(directory) / name


def _described(path: Path) -> str:
    status = path.lstat()
    owner = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"
    if stat.S_ISLNK(status.st_mode):
        return f"{owner} -> {path.readlink()}"
    if stat.S_ISREG(status.st_mode):
        return f"{owner} {hashlib.sha256(_content(path)).hexdigest()[:16]}"
    return owner


def _content(path: Path) -> bytes:
    """Return a file's bytes; of an SQLite database its rows, for a row that is put back leaves other bytes behind."""
    content = path.read_bytes()
    if not content.startswith(_SQLITE):
        return content
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            return "\n".join(database.iterdump()).encode()
    except sqlite3.Error:
        return content
