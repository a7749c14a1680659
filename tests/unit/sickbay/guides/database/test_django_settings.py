"""One line of Django's settings is changed as the guide says, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sickbay.guides.database import django_settings as settings


@pytest.mark.parametrize(
    ("before", "after", "change", "take_back"),
    [
        (
            '"ENGINE": "django.db.backends.postgres",',
            '"ENGINE": "django.db.backends.postgresql",',
            settings.name_engine,
            settings.take_engine_back,
        ),
        (
            "'ENGINE': 'django.db.backends.postgresql_psycopg2', 'NAME': 'a'",
            "'ENGINE': 'django.db.backends.postgresql', 'NAME': 'a'",
            settings.name_engine,
            settings.take_engine_back,
        ),
        (
            '"ENGINE": "sqlite",',
            '"ENGINE": "django.db.backends.sqlite3",',
            settings.name_engine,
            settings.take_engine_back,
        ),
        (
            '"CONN_MAX_AGE": 600,',
            '"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True,',
            settings.look_before_use,
            settings.take_look_back,
        ),
        (
            '"CONN_MAX_AGE": None}',
            '"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}',
            settings.look_before_use,
            settings.take_look_back,
        ),
        (
            '"CONN_HEALTH_CHECKS": False,',
            '"CONN_HEALTH_CHECKS": True,',
            settings.look_before_use,
            settings.take_look_back,
        ),
        (
            '"OPTIONS": {"timeout": 0.1},',
            '"OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},',
            settings.wait_for_locks,
            settings.take_waiting_back,
        ),
    ],
)
def test_the_line_is_changed_and_taken_back(
    before: str, after: str, change: Callable[..., int], take_back: Callable[..., int], tmp_path: Path
) -> None:
    file = tmp_path / "settings.py"
    text = f"# {before}\nDATABASES = {{\n    {before}\n}}\n"
    file.write_text(text)
    assert change(file=str(file)) == 0
    assert file.read_text().splitlines()[-2] == f"    {after}"
    assert take_back(file=str(file)) == 0
    assert file.read_text() == text


@pytest.mark.parametrize(
    "line", ['"ENGINE": "django.db.backends.mysql"', '"ENGINE": "some.package.of.others"', '"NAME": "a"']
)
def test_an_engine_that_is_known_or_not_clear_is_left_alone(line: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f"{line}\n")
    assert settings.name_engine(file=str(file)) == 1
    assert file.read_text() == f"{line}\n"


def test_of_two_lines_neither_is_chosen(tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text('"timeout": 1,\n"timeout": 2,\n')
    assert settings.wait_for_locks(file=str(file)) == 1
