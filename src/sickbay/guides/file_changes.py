"""Changing a project's text files so that the change can be taken back exactly, and never over somebody's later work.

For the Python functions that stand beside guides. Each function returns an exit code: 0, or 1 with the reason printed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

SUFFIX = ".before-repair"
"""What is added to a file's name for the copy of what it held before."""

Edit = Callable[[str], str]
"""From a file's text to the text after the change. Raises :class:`EditError` where it does not apply."""


class EditError(ValueError):
    """The text is not what the change is for. The message says what was looked for."""


def say(text: str) -> None:
    """Print one line of an answer."""
    sys.stdout.write(f"{text}\n")


def change_file(file: str, edit: Edit) -> int:
    """Change a file in place, and keep what it held beside it. Its mode and owner stay."""
    path, saved = Path(file), Path(file + SUFFIX)
    try:
        before = path.read_text(encoding="utf-8")
        after = edit(before)
        _require(after != before, "nothing would change")
        with saved.open("x", encoding="utf-8") as copy:
            copy.write(before)
    except (OSError, EditError) as error:
        say(f"{file} was not changed: {error}")
        return 1
    path.write_text(after, encoding="utf-8")
    return 0


def change_back(file: str, edit: Edit) -> int:
    """Give a file what it held before the same change, unless it was changed again since."""
    path, saved = Path(file), Path(file + SUFFIX)
    try:
        before = saved.read_text(encoding="utf-8")
        _require(path.read_text(encoding="utf-8") == edit(before), "it was changed since")
    except (OSError, EditError) as error:
        say(f"{file} was not changed back: {error}")
        return 1
    path.write_text(before, encoding="utf-8")
    saved.unlink()
    return 0


def make_file(file: str, content: str) -> int:
    """Make a file that is not there yet."""
    try:
        with Path(file).open("x", encoding="utf-8") as made:
            made.write(content)
    except OSError as error:
        say(f"{file} was not made: {error}")
        return 1
    return 0


def take_away(file: str, content: str) -> int:
    """Remove a file while it still holds what it was made with."""
    path = Path(file)
    try:
        _require(path.read_text(encoding="utf-8") == content, "it was changed since")
        path.unlink()
    except (OSError, EditError) as error:
        say(f"{file} was not removed: {error}")
        return 1
    return 0


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise EditError(message)
