"""Settings of the app, typed. Everything has a default; a project overrides in ``CONTAINER_MANAGER`` (a dictionary)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
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
    poll_seconds: float = 5.0
    """How often a worker looks for work that nothing told it of: also of workers that are gone."""
    log_cap_bytes: int = 16 * 1024 * 1024
    """Output kept per attempt: its beginning and its end; the gap is counted."""
    log_flush_seconds: float = 0.5
    log_retention_days: float = 0.0
    """Logs of attempts that ended longer ago are removed from the database; 0 keeps them for ever."""
    log_archive: str = ""
    """The alias, in Django's ``STORAGES``, where logs are put before they are removed; without one they are not."""
    usage_sample_seconds: float = 5.0
    """How often running attempts are measured."""
    allow_unisolated: bool = False
    """Whether executors without isolation may run where ``DEBUG`` is off."""
    remove_containers: bool = True
    """Whether an attempt's container is removed once its outcome and its log are stored."""
    secret_keys: Sequence[str] = field(default=(), repr=False)
    """What secrets are encrypted with, the newest first. None: Django's ``SECRET_KEY`` and its fallbacks."""
    template_outside_names: Sequence[str] = ()
    """Variables of this process that environment templates may refer to. None: they see nothing of it."""
    artifact_storage: str = "default"
    """The alias, in Django's ``STORAGES``, of where the files of jobs are kept."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a number may be, both ends included."""

    least: float
    most: float


BOUNDS: Mapping[str, Bounds] = {
    "concurrency": Bounds(least=1, most=1000),
    "lease_seconds": Bounds(least=1, most=86_400),
    "heartbeat_seconds": Bounds(least=0.05, most=3600),
    "reconcile_seconds": Bounds(least=0.05, most=3600),
    "poll_seconds": Bounds(least=0.01, most=3600),
    "log_cap_bytes": Bounds(least=4096, most=16 * 1024**3),
    "log_flush_seconds": Bounds(least=0.01, most=60),
    "log_retention_days": Bounds(least=0, most=36_500),
    "usage_sample_seconds": Bounds(least=0.1, most=3600),
}


class SettingsError(ValueError):
    """The setting ``CONTAINER_MANAGER`` has an unknown key or a value of the wrong kind. ``problems`` has them all."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def app_settings() -> AppSettings:
    """Return the settings in force. Raises :class:`SettingsError`, which names everything that is wrong."""
    given: Any = getattr(settings, SETTING_NAME, {})
    if isinstance(given, dict) and _checked.is_of(given):
        return _checked.settings
    problems = settings_problems(given)
    if problems:
        raise SettingsError(problems)
    _checked.keep(given)
    return _checked.settings


class _Checked:
    """The last settings that were found right: they are asked for again and again, and are other ones in tests only."""

    def __init__(self) -> None:
        self.settings = AppSettings()
        self._given: list[tuple[str, type, object]] | None = None

    def is_of(self, given: Mapping[str, object]) -> bool:
        """Whether these are the same; a ``True`` is not the same as a 1."""
        return self._given == _entries(given)

    def keep(self, given: Mapping[str, Any]) -> None:
        """Take those that were checked."""
        self.settings = AppSettings(**given)
        self._given = _entries(given)


def _entries(given: Mapping[str, object]) -> list[tuple[str, type, object]]:
    return [(key, type(value), value) for key, value in given.items()]


_checked = _Checked()


def sealing_keys() -> tuple[str, ...]:
    """Return the texts that the keys for secrets are derived from, the newest first."""
    fallbacks = (str(key) for key in settings.SECRET_KEY_FALLBACKS)
    return tuple(app_settings().secret_keys) or (str(settings.SECRET_KEY), *fallbacks)


def settings_problems(given: object) -> list[str]:
    """Say of each entry of the setting what is wrong with it and what would be right."""
    if not isinstance(given, dict):
        return [f"{SETTING_NAME} must be a dictionary, not {type(given).__name__}."]
    defaults = {field.name: field.default for field in fields(AppSettings)}
    found = []
    for key, value in given.items():
        if key not in defaults:
            found.append(_unknown(key, sorted(defaults)))
        elif problem := _wrong(key, value, defaults[key]):
            found.append(f"{SETTING_NAME}[{key!r}] {problem}; the default is {defaults[key]!r}.")
    return found


def _unknown(key: object, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1) if isinstance(key, str) else []
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
    return f"{SETTING_NAME} has an unknown key {key!r}: {hint}"


def _wrong(key: str, value: object, default: object) -> str | None:
    if isinstance(default, bool):
        return None if isinstance(value, bool) else f"must be True or False, not {value!r}"
    if isinstance(default, str):
        return _wrong_alias(value, default)
    if isinstance(default, tuple):
        return _wrong_keys(value) if key == "secret_keys" else _wrong_names(value)
    kinds: tuple[type, ...] = (int,) if isinstance(default, int) else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        return f"must be a {'whole number' if kinds == (int,) else 'number'}, not {value!r}"
    bounds = BOUNDS[key]
    # The comparison is false for NaN too.
    if isinstance(value, (int, float)) and bounds.least <= value <= bounds.most:
        return None
    return f"must be from {bounds.least:g} to {bounds.most:.0f}, not {value!r}"


def _wrong_alias(value: object, default: str) -> str | None:
    """Say what is wrong with the alias of a storage; an empty one is none, where that is the default."""
    if isinstance(value, str) and (value in settings.STORAGES or value == default):
        return None
    return f"must be an alias of STORAGES ({', '.join(sorted(settings.STORAGES))}), not {value!r}"


def _wrong_names(value: object) -> str | None:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) and name for name in value):
        return f"must be a list of names, not {value!r}"
    return None


#: A key shorter than this can be guessed.
_SHORTEST_KEY = 32


def _wrong_keys(value: object) -> str | None:
    """Say what is wrong with a list of keys, none of which is repeated."""
    if not isinstance(value, list | tuple) or not all(isinstance(key, str) for key in value):
        return f"must be a list of texts, not {type(value).__name__}"
    short = [number for number, key in enumerate(value, 1) if len(key) < _SHORTEST_KEY]
    return f"has a key of less than {_SHORTEST_KEY} characters (number {short[0]})" if short else None
