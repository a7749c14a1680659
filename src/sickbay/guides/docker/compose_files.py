"""Compose files: whether one is there, and tabs that YAML does not allow."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_COPY = ".before"
_INDENTED_WITH_TABS = re.compile(r"^ *\t+[ \t]*(?=\S)", re.MULTILINE)
_SPACES = "  "


def judge_file(file: str) -> int:
    """Print ``absent``, ``tabs`` where lines are indented with tabs, or ``there``. Returns 2 where it is unreadable."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        print("absent")
        return 0
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print("tabs" if _INDENTED_WITH_TABS.search(text) else "there")
    return 0


def replace_tabs(file: str) -> int:
    """Put two spaces for each tab that indents; the old file stays beside it.

    Returns 1 where that place is taken, or where other lines are indented with spaces: how wide a tab is meant to be
    nobody can say then.
    """
    path, copy = Path(file), Path(file + _COPY)
    if copy.exists():
        print(f"{copy} is there already", file=sys.stderr)
        return 1
    old = path.read_bytes()
    if re.search(rb"^ ", old, re.MULTILINE):
        print("tabs and spaces are mixed", file=sys.stderr)
        return 1
    copy.write_bytes(old)
    new = _INDENTED_WITH_TABS.sub(lambda found: found.group().replace("\t", _SPACES), old.decode())
    path.write_bytes(new.encode())
    return 0


def restore(file: str) -> int:
    """Undo :func:`replace_tabs`. Returns 1 where the file is not what it was made to be any more."""
    path, copy = Path(file), Path(file + _COPY)
    old = copy.read_bytes()
    made = _INDENTED_WITH_TABS.sub(lambda found: found.group().replace("\t", _SPACES), old.decode()).encode()
    if path.read_bytes() != made:
        print(f"{path} was changed since", file=sys.stderr)
        return 1
    path.write_bytes(old)
    copy.unlink()
    return 0
