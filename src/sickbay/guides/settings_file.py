"""The settings in a project's file, read and written: ``NAME=value``, ``name: value``, or ``"name": value`` on a line.

All other lines, quotes, and comments stay as they are. Of two lines with one name the later one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sickbay.guides.kept_file import CannotChangeError, content_of

_LINE = re.compile(
    r"(?P<before>[ \t]*(?:export[ \t]+)?[\"']?(?P<name>[A-Za-z_][\w.-]*)[\"']?[ \t]*(?:=|(?P<colon>:))[ \t]*)"
    r"(?P<quote>[\"']?)(?P<value>.*?)(?P=quote)(?P<after>[ \t]*(?(colon),?)(?:[ \t]+#.*|[ \t]*))"
)
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_PLAIN = re.compile(r"[\w./:@%+,=?*\[\]-]*")


class SettingError(CannotChangeError):
    """The file does not hold the setting as it is needed. The message says what a person must look at."""


def read_settings(path: str) -> dict[str, str]:
    """Return a file's settings by name, without their quotes. Raises ``OSError``, also for what is not UTF-8."""
    try:
        return settings_in(content_of(path).decode())
    except UnicodeDecodeError as error:
        raise OSError(f"{path} is not UTF-8") from error


def settings_in(text: str) -> dict[str, str]:
    """Return a text's settings by name, without their quotes."""
    return {found["name"]: found["value"] for found, _ in _settings(text)}


def size_of(value: str) -> float:
    """Return a number that may have a unit (``512m``, ``1.5g``, ``64``), in bytes where it has one.

    Raises :class:`SettingError` for anything else.
    """
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise SettingError(f"{value!r} is no number like 64, 0.5, or 512m")
    factor: int = 1024 ** _UNITS[found["unit"].lower()]
    return float(found["number"]) * factor


def with_value(text: str, name: str, value: str) -> str:
    """Return the text with another value for a setting, or with a line for it at its end.

    Raises :class:`SettingError` where the setting stands there twice, or the value fits on no line.
    """
    place = _place(text, name)
    if place is None:
        end = "" if not text or text.endswith("\n") else "\n"
        quote = _quote(value)
        return f"{text}{end}{name}={quote}{value}{quote}\n"
    found, start = place
    is_bare = not found["quote"] and not _PLAIN.fullmatch(found["value"])  # then its reader asks for no quotes
    quote = "" if is_bare else _quote(value, found["quote"])
    line = f"{found['before']}{quote}{value}{quote}{found['after']}"
    return text[:start] + line + text[start + len(found[0]) :]


def without(text: str, name: str) -> str:
    """Return the text without a setting's line. Raises :class:`SettingError` where it does not stand there once."""
    place = _place(text, name)
    if place is None:
        raise SettingError(f"{name} is not set")
    end = text.find("\n", place[1]) + 1
    return text[: place[1]] + (text[end:] if end else "")


def _place(text: str, name: str) -> tuple[re.Match[str], int] | None:
    places = [(found, start) for found, start in _settings(text) if found["name"] == name]
    if len(places) > 1:
        raise SettingError(f"{name} is set {len(places)} times, so nobody knows which counts")
    return places[0] if places else None


def _settings(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yield each setting's line without its end, and where it starts in the text."""
    start = 0
    for line in text.split("\n"):
        if found := _LINE.fullmatch(line.removesuffix("\r")):
            yield found, start
        start += len(line) + 1


def _quote(value: str, given: str = "") -> str:
    """Return what a value is to stand between: the quotes that are there, or what it needs."""
    if not given and _PLAIN.fullmatch(value):
        return ""
    fitting = [quote for quote in (given or "'", "'", '"') if quote not in value]
    if not fitting or "\n" in value:
        raise SettingError("the value has both kinds of quotes, or several lines")
    return fitting[0]
