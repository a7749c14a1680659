"""Settings of the app, typed. Everything has a default; a project overrides in ``CONTAINER_MANAGER`` (a dictionary)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings

SETTING_NAME = "CONTAINER_MANAGER"


@dataclass(frozen=True, kw_only=True)
class AppSettings:
    """What a project can set. Times are in seconds, sizes in bytes unless the name says otherwise."""

    concurrency: int = 4
    """Attempts that one worker runs at once."""
    lease_seconds: float = 60.0
    """How long a claim holds without a heartbeat."""
    heartbeat_seconds: float = 10.0
    reconcile_seconds: float = 10.0
    poll_seconds: float = 0.5
    """How often an idle worker looks for new jobs."""
    log_cap_bytes: int = 16 * 1024 * 1024
    """Output kept per attempt: its beginning and its end; the gap is counted."""
    log_flush_seconds: float = 0.5
    allow_unisolated: bool = False
    """Whether executors without isolation may run where ``DEBUG`` is off."""
    remove_containers: bool = True
    """Whether an attempt's container is removed once its outcome and its log are stored."""


class SettingsError(ValueError):
    """The setting ``CONTAINER_MANAGER`` has an unknown key or a value of the wrong kind."""


def app_settings() -> AppSettings:
    """Return the settings in force. Raises :class:`SettingsError`."""
    given: Any = getattr(settings, SETTING_NAME, {})
    if not isinstance(given, dict):
        raise SettingsError(f"{SETTING_NAME} must be a dictionary, not {type(given).__name__}")
    known = {field.name for field in fields(AppSettings)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise SettingsError(f"{SETTING_NAME} has unknown keys: {', '.join(unknown)}; known are: {', '.join(sorted(known))}")
    return AppSettings(**given)
