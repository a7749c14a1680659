"""Starting Django once, as ``manage.py`` does, and keeping what kept it from starting."""

from __future__ import annotations

import os
import sysconfig
import traceback
from functools import cache
from pathlib import Path

import django
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from container_manager.troubleshooting.django_project import find_settings
from container_manager.troubleshooting.preflight.judgments import NO_SETTINGS, CheckMessage, StartReading
from sickbay.facts.source import SourceError


@cache
def started() -> StartReading:
    """Load the settings and the apps, at the first call; what the project raises is read, and never raised."""
    try:
        module = find_settings()
    except (SourceError, OSError) as error:
        return StartReading(unnamed=str(error))
    try:
        django.setup()
    except (Exception, SystemExit) as error:  # noqa: BLE001  (settings are programs, and may raise anything)
        return StartReading(
            settings=module, error=_told(error), place=place_of(error), cause=cause_of_start(error, module)
        )
    return StartReading(settings=module, django=django.get_version())


def is_running() -> bool:
    """Whether Django has started, and everything else can be asked."""
    reading = started()
    return not reading.error and not reading.unnamed


def read_system_checks() -> list[CheckMessage]:
    """Run Django's system checks of the settings; none of a database."""
    found = checks.run_checks(include_deployment_checks=False)
    return [
        CheckMessage(
            id=message.id or "a check",
            text=str(message.msg),
            hint=str(message.hint or ""),
            is_error=message.level >= checks.ERROR,
        )
        for message in found
        if message.level >= checks.WARNING and not message.is_silenced()
    ]


def cause_of_start(error: BaseException, module: str) -> str:
    """Return the cause that such an error means, or nothing."""
    match error:
        case ModuleNotFoundError(name=str(name)) if module == name or module.startswith(f"{name}."):
            return NO_SETTINGS
        case ModuleNotFoundError():
            return "python-module-not-found"
        case ImportError():
            return "python-import-name-error"
        case ImproperlyConfigured():
            return NO_SETTINGS
        case SyntaxError():
            return "python-syntax-error"
        case KeyError() if _was_raised_by_environment(error):
            return "env-var-missing"
        case _:
            return ""


def place_of(error: BaseException) -> str:
    """Return the last line of the project's own code that an error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    library = sysconfig.get_path("stdlib")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        is_foreign = frame.filename.startswith((library, "<")) or "site-packages" in frame.filename
        if not is_foreign and not frame.filename.startswith(_OURS):
            return f"{frame.filename}:{frame.lineno}: {frame.line}"
    return ""


#: Our own lines in between are no place to look at.
_OURS = str(Path(__file__).resolve().parents[2])


def _was_raised_by_environment(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename in {os.__file__, "<frozen os>"}


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
