"""Answers about one setting of a project, as a guide's functions give them: a printed line and an exit code.

0 is yes, 1 is no, and 2 means that nobody can tell. Guides of several areas look at a job's settings, and change them,
with these functions.
"""

from __future__ import annotations

from collections.abc import Callable

from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG, answer, change_text, failed, put_text_back
from sickbay.guides.kept_file import Edit
from sickbay.guides.settings_file import SettingError, read_settings, size_of, with_value, without

YES, NO, UNKNOWN = WELL, WRONG, UNREADABLE


def is_set(file: str, name: str) -> int:
    """Say whether a setting has a value; an empty one is none. The value, which may be a secret, is not shown."""

    def looked() -> int:
        value = read_settings(file).get(name)
        return _said(f"{name} is {'set' if value else 'not set'}", well=bool(value))

    return _answered(looked)


def is_value(file: str, name: str, value: str) -> int:
    """Say whether a setting has exactly this value; one that is not set counts as empty."""

    def looked() -> int:
        found = read_settings(file).get(name, "")
        return _said(f"{name} is {found or 'empty'}", well=found == value)

    return _answered(looked)


def is_at_least(file: str, name: str, least: str) -> int:
    """Say whether a setting's number, which may have a unit as in ``512m``, is at least another one."""
    return _answered(lambda: _compared(file, name, least, lambda size, bound: size >= bound, "less than"))


def is_at_most(file: str, name: str, most: str) -> int:
    """Say whether a setting's number, which may have a unit as in ``512m``, is at most another one."""
    return _answered(lambda: _compared(file, name, most, lambda size, bound: size <= bound, "more than"))


def changed(file: str, name: str, value: str, instead_of: str = "") -> int:
    """Change a setting and keep the file as it was beside it. ``instead_of`` names another whose line goes."""
    return change_text(file, _changed(name, value, instead_of))


def taken_back(file: str, name: str, value: str, instead_of: str = "") -> int:
    """Give the file back the content it had before :func:`changed`."""
    return put_text_back(file, _changed(name, value, instead_of))


def left_out(file: str, name: str) -> int:
    """Take a setting's line out and keep the file as it was beside it."""
    return change_text(file, lambda text: without(text, name))


def set_again(file: str, name: str) -> int:
    """Give the file back the content it had before :func:`left_out`."""
    return put_text_back(file, lambda text: without(text, name))


def _changed(name: str, value: str, instead_of: str) -> Edit:
    return lambda text: with_value(without(text, instead_of) if instead_of else text, name, value)


def _compared(file: str, name: str, bound: str, holds: Callable[[float, float], bool], otherwise: str) -> int:
    value = read_settings(file).get(name)
    if value is None:
        raise SettingError(f"{name} is not set")
    well = holds(size_of(value), size_of(bound))
    return _said(f"{name} is {value}, which is {'good' if well else f'{otherwise} {bound}'}", well=well)


def _said(text: str, *, well: bool) -> int:
    return answer(text, YES if well else NO)


def _answered(asked: Callable[[], int]) -> int:
    try:
        return asked()
    except (OSError, SettingError) as error:
        return failed(error)
