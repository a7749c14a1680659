"""Answers about one setting of a project, as a guide's functions give them: a printed line and an exit code.

0 is yes, 1 is no, and 2 means that nobody can tell. Guides of several areas look at a job's settings, and change them,
with these functions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from sickbay.guides.settings_file import SettingError, change, put_back, size_of, value_of

YES, NO, UNKNOWN = 0, 1, 2


def is_set(file: str, name: str) -> int:
    """Say whether a setting has a value; an empty one is none. The value, which may be a secret, is not shown."""

    def looked() -> int:
        value = value_of(Path(file), name)
        return _said(f"{name} is {'set' if value else 'not set'}", well=bool(value))

    return _answered(looked)


def is_value(file: str, name: str, value: str) -> int:
    """Say whether a setting has exactly this value; one that is not set counts as empty."""

    def looked() -> int:
        found = value_of(Path(file), name) or ""
        return _said(f"{name} is {found or 'empty'}", well=found == value)

    return _answered(looked)


def is_at_least(file: str, name: str, least: str) -> int:
    """Say whether a setting's number, which may have a unit as in ``512m``, is at least another one."""
    return _answered(lambda: _compared(file, name, least, lambda size, bound: size >= bound, "less than"))


def is_at_most(file: str, name: str, most: str) -> int:
    """Say whether a setting's number, which may have a unit as in ``512m``, is at most another one."""
    return _answered(lambda: _compared(file, name, most, lambda size, bound: size <= bound, "more than"))


def changed(file: str, name: str, value: str) -> int:
    """Change a setting and keep the file as it was beside it."""

    def done() -> int:
        change(Path(file), name, value)
        return YES

    return _answered(done)


def taken_back(file: str, name: str, value: str) -> int:
    """Give the file back the content it had before :func:`changed`."""

    def done() -> int:
        put_back(Path(file), name, value)
        return YES

    return _answered(done)


def _compared(file: str, name: str, bound: str, holds: Callable[[float, float], bool], otherwise: str) -> int:
    value = value_of(Path(file), name)
    if value is None:
        raise SettingError(f"{name} is not set")
    well = holds(size_of(value), size_of(bound))
    return _said(f"{name} is {value}, which is {'good' if well else f'{otherwise} {bound}'}", well=well)


def _said(text: str, *, well: bool) -> int:
    sys.stdout.write(f"{text}\n")
    return YES if well else NO


def _answered(asked: Callable[[], int]) -> int:
    try:
        return asked()
    except (OSError, SettingError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return UNKNOWN
