"""Where a project is, whether it is one of Django, and which interpreter is its own. Starts and changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from sickbay.checks.check import Place

SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"

_MANAGE = "manage.py"
_MARKS = (_MANAGE, "pyproject.toml", ".git")
_MOST_BYTES = 65536


def place_of(folder: Path, environment: Mapping[str, str]) -> Place:
    """Return the place around a folder: the nearest one above with a ``manage.py``, else with another mark."""
    above = [folder, *folder.parents]
    marked = (each for mark in _MARKS for each in above if _is_there(each / mark))
    return Place(folder=next(marked, folder), environment=environment)


def is_django(place: Place) -> bool:
    """Whether a project of Django is there: its settings are named, or its ``manage.py`` speaks of Django."""
    if place.environment.get(SETTINGS_VARIABLE):
        return True
    try:
        with (place.folder / _MANAGE).open("rb") as stream:
            return b"django" in stream.read(_MOST_BYTES).lower()
    except OSError:
        return False


def interpreter_of(place: Place) -> Path:
    """Return the Python of the project: the activated environment's, else that of its own folder, else this one.

    A link that leads nowhere is returned as it is: that it is broken is for a check to say.
    """
    activated = place.environment.get("VIRTUAL_ENV")
    folders = [Path(activated)] if activated else []
    folders += [place.folder / name for name in (".venv", "venv")]
    named = (folder / "bin" / "python" for folder in folders)
    return next((path for path in named if path.is_symlink() or _is_there(path)), Path(sys.executable))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder above may not be entered
        return False
