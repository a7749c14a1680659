"""What parts that are Python functions share: printing an answer, and changing files so that it can be taken back.

Each function returns an exit code, and prints why it is not 0. How a change is kept: :mod:`sickbay.guides.kept_file`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from sickbay.guides import kept_file
from sickbay.guides.kept_file import CannotChangeError, Change, Edit, as_bytes, content_of, copy_of

WELL, WRONG, UNREADABLE, NOT_ASKED = 0, 1, 2, 3
"""Exit codes of a part that looks: nothing was found, something was, nobody could look, there was nothing to ask."""


def answer(told: str | Iterable[str], code: int = WELL) -> int:
    """Print a line, or several, and return the exit code."""
    for line in (told,) if isinstance(told, str) else told:
        sys.stdout.write(f"{line}\n")
    return code


def failed(why: object, code: int = UNREADABLE) -> int:
    """Print to the standard error why there is no answer, and return the exit code."""
    sys.stderr.write(f"{why}".strip() + "\n")
    return code


def looked(path: str, look: Callable[[bytes], Iterable[str]]) -> int:
    """Print what was found wrong in a file, a line each."""
    try:
        found = list(look(content_of(path)))
    except OSError as error:
        return answer(str(error), UNREADABLE)
    return answer(found, WRONG if found else WELL)


def all_well(path: str, look: Callable[[bytes], Iterable[str]], word: str) -> int:
    """Print the word where nothing is found wrong in a file, else what is."""
    code = looked(path, look)
    return answer(word) if code == WELL else code


def change(path: str, changed: Change) -> int:
    """Change a file's content in place, and keep it as it was beside it. Nothing to change is a success."""
    try:
        was_changed = kept_file.change(path, changed)
    except (OSError, CannotChangeError) as error:
        return answer(f"{path} was not changed: {error}", WRONG)
    return answer(f"{path}: changed; as it was it is {copy_of(path)}" if was_changed else f"{path}: nothing to change")


def put_back(path: str, changed: Change) -> int:
    """Take a change back, if the file still is what the change made of it."""
    try:
        was_changed = kept_file.put_back(path, changed)
    except (OSError, CannotChangeError) as error:
        return answer(f"{path} was not put back: {error}", WRONG)
    return answer(f"{path}: as before" if was_changed else f"{path}: nothing was changed")


def change_text(path: str, edit: Edit) -> int:
    """Do what :func:`change` does, for a file of text."""
    return change(path, as_bytes(edit))


def put_text_back(path: str, edit: Edit) -> int:
    """Take :func:`change_text` back."""
    return put_back(path, as_bytes(edit))


def make_file(path: str, content: str) -> int:
    """Make a file that is not there yet."""
    try:
        with Path(path).open("x", encoding="utf-8") as made:
            made.write(content)
    except OSError as error:
        return answer(f"{path} was not made: {error}", WRONG)
    return WELL


def take_away(path: str, content: str) -> int:
    """Remove a file while it still holds what it was made with."""
    try:
        if content_of(path) != content.encode():
            return answer(f"{path} was not removed: it was changed since", WRONG)
        Path(path).unlink()
    except OSError as error:
        return answer(f"{path} was not removed: {error}", WRONG)
    return WELL
