"""Container jobs and executor hosts as cases for ``sickbay diagnose``: sets Django up, then asks the database.

No model is imported before Django is set up.
"""

from __future__ import annotations

import django
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from container_manager.services.errors import UnknownHostError, UnknownJobError
from container_manager.troubleshooting.django_project import SETTINGS_VARIABLE, NoJobsHereError, find_settings
from sickbay.facts.model import Facts
from sickbay.facts.source import CaseNotFoundError, SourceError


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


def load_host(name: str) -> Facts:
    """Return the facts of an executor host, which is asked how it is now.

    Raises :class:`~sickbay.facts.source.SourceError` where Django or the database cannot be asked, and
    :class:`~sickbay.facts.source.CaseNotFoundError` where there is no such host.
    """
    set_up_django()
    # Models can be imported only now.
    from container_manager.troubleshooting.host_cases import facts_of_host  # noqa: PLC0415  (needs Django set up)

    try:
        return facts_of_host(name)
    except UnknownHostError as error:
        raise CaseNotFoundError(str(error)) from error
    except DatabaseError as error:
        raise SourceError(f"The database cannot be asked: {error}. Does 'manage.py migrate' help?") from error


def set_up_django() -> None:
    """Make the project's models importable, as its ``manage.py`` does.

    Raises :class:`NoJobsHereError` where no project is found, or one without jobs, and ``SourceError``.
    """
    module = find_settings()
    try:
        django.setup()
    except (ImportError, ImproperlyConfigured, RuntimeError) as error:
        raise SourceError(f"Django does not start with {SETTINGS_VARIABLE}={module}: {error}") from error
    if not apps.is_installed("container_manager"):
        raise NoJobsHereError("This Django project has no jobs: 'container_manager' is not in its INSTALLED_APPS.")
