"""Container jobs as cases for ``sickbay diagnose --job ID``: sets Django up, then asks the database.

No model is imported before Django is set up.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import django
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from container_manager.services.errors import UnknownJobError
from sickbay.facts.model import Facts
from sickbay.facts.source import CaseNotFoundError, SourceError

_SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"
_SETTINGS_IN_MANAGE = re.compile(rf"""{_SETTINGS_VARIABLE}["']\s*,\s*["']([\w.]+)["']""")


class NoJobsHereError(SourceError):
    """There is no project here that could have jobs."""


def load_job(identifier: str) -> Facts:
    """Return the facts of a job's last attempt, or of its waiting where it has none.

    Raises :class:`~sickbay.facts.source.SourceError` where Django or the database cannot be asked, and
    :class:`~sickbay.facts.source.CaseNotFoundError` where there is no such job.
    """
    if not identifier.isascii() or not identifier.isdigit():
        raise CaseNotFoundError(f"{identifier!r} is no job's number.")
    set_up_django()
    # Models can be imported only now.
    from container_manager.troubleshooting.pending import facts_of_job  # noqa: PLC0415  (needs Django set up)

    try:
        return facts_of_job(int(identifier))
    except UnknownJobError as error:
        raise CaseNotFoundError(str(error)) from error
    except DatabaseError as error:
        raise SourceError(f"The database cannot be asked: {error}. Does 'manage.py migrate' help?") from error


def set_up_django() -> None:
    """Make the project's models importable, as its ``manage.py`` does.

    Raises :class:`NoJobsHereError` where no project is found, or one without jobs, and ``SourceError``.
    """
    _find_settings()
    try:
        django.setup()
    except (ImportError, ImproperlyConfigured, RuntimeError) as error:
        module = os.environ[_SETTINGS_VARIABLE]
        raise SourceError(f"Django does not start with {_SETTINGS_VARIABLE}={module}: {error}") from error
    if not apps.is_installed("container_manager"):
        raise NoJobsHereError("This Django project has no jobs: 'container_manager' is not in its INSTALLED_APPS.")


def _find_settings() -> None:
    """Do what ``manage.py`` does: name the settings, and make the project importable."""
    manage = next((found for folder in _upwards(Path.cwd()) if (found := folder / "manage.py").is_file()), None)
    if manage is not None and str(manage.parent) not in sys.path:
        sys.path.insert(0, str(manage.parent))
    if os.environ.get(_SETTINGS_VARIABLE):
        return
    named = _SETTINGS_IN_MANAGE.search(manage.read_text(encoding="utf-8", errors="replace")) if manage else None
    if named is None:
        raise NoJobsHereError(
            f"No Django project is found here. Run this in the folder of your manage.py, or set {_SETTINGS_VARIABLE}."
        )
    os.environ[_SETTINGS_VARIABLE] = named.group(1)


def _upwards(folder: Path) -> list[Path]:
    return [folder, *folder.parents]
