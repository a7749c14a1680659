"""A job's settings file, as the guides of this folder look at it and change it."""

from __future__ import annotations

from sickbay.guides import settings_answers


def is_set(*, file: str, name: str) -> int:
    """Say whether a setting has a value."""
    return settings_answers.is_set(file, name)


def is_value(*, file: str, name: str, value: str) -> int:
    """Say whether a setting has exactly this value."""
    return settings_answers.is_value(file, name, value)


def is_at_least(*, file: str, name: str, least: str) -> int:
    """Say whether a setting's number is at least another one; both may have a unit, as in ``512m``."""
    return settings_answers.is_at_least(file, name, least)


def is_at_most(*, file: str, name: str, most: str) -> int:
    """Say whether a setting's number is at most another one; both may have a unit, as in ``512m``."""
    return settings_answers.is_at_most(file, name, most)


def change(*, file: str, name: str, value: str) -> int:
    """Change a setting and keep the file as it was beside it."""
    return settings_answers.changed(file, name, value)


def put_back(*, file: str, name: str, value: str) -> int:
    """Give the file back the content it had before ``change``."""
    return settings_answers.taken_back(file, name, value)
