"""Finding a Django project as its ``manage.py`` does."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from sickbay.facts.source import SourceError

SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"
_SETTINGS_IN_MANAGE = re.compile(rf"""{SETTINGS_VARIABLE}["']\s*,\s*["']([\w.]+)["']""")


class NoJobsHereError(SourceError):
    """There is no project here that could have jobs."""


def find_settings() -> str:
    """Do what ``manage.py`` does: name the settings, and make the project importable. Return the settings' name.

    Raises :class:`NoJobsHereError` where no settings are named.
    """
    manage = next((found for folder in _upwards(Path.cwd()) if (found := folder / "manage.py").is_file()), None)
    if manage is not None and str(manage.parent) not in sys.path:
        sys.path.insert(0, str(manage.parent))
    if given := os.environ.get(SETTINGS_VARIABLE):
        return given
    named = _SETTINGS_IN_MANAGE.search(manage.read_text(encoding="utf-8", errors="replace")) if manage else None
    if named is None:
        raise NoJobsHereError(
            f"No Django project is found here. Run this in the folder of your manage.py, or set {SETTINGS_VARIABLE}."
        )
    os.environ[SETTINGS_VARIABLE] = named.group(1)
    return named.group(1)


def _upwards(folder: Path) -> list[Path]:
    return [folder, *folder.parents]
