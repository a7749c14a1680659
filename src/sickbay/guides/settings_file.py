"""One value in a project's settings file: read, compared, changed, and put back as it was.

A setting stands alone on its line: ``NAME=value``, ``name: value``, or ``"name": value``. All other lines, quotes, and
comments stay as they are. Guides call this through a module of their own that stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

_LINE = re.compile(
    r"(?P<before>\s*(?:export\s+)?[\"']?(?P<name>[A-Za-z_][\w.-]*)[\"']?\s*[:=][ \t]*)"
    r"(?P<quote>[\"']?)(?P<value>.*?)(?P=quote)(?P<after>\s*,?(?:\s+#.*)?)"
)
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_PLAIN = re.compile(r"[\w./:@%+,=-]*")

KEPT = ".before-repair"
"""What the copy's name ends with that is kept until the change is taken back."""


class SettingError(ValueError):
    """The file does not hold the setting as it is needed. The message says what a person must look at."""


def value_of(path: Path, name: str) -> str | None:
    """Return a setting's value without its quotes, ``None`` where the file has no such line.

    Raises :class:`OSError` for a file that cannot be read.
    """
    found = [match["value"] for match in _lines(_read(path)) if match and match["name"] == name]
    return found[-1] if found else None


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
    """Return the text with another value for a setting, or with a line for it at its end. Pure.

    Raises :class:`SettingError` where the setting stands there twice.
    """
    lines = text.splitlines(keepends=True)
    places = [number for number, match in enumerate(_lines(text)) if match and match["name"] == name]
    if len(places) > 1:
        raise SettingError(f"{name} is set {len(places)} times, so nobody knows which counts")
    if not places:
        end = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{end}{name}={_quoted(value)}\n"
    content = lines[places[0]].rstrip("\r\n")
    match = _LINE.fullmatch(content)
    assert match is not None, "it was found by this pattern"
    line = f"{match['before']}{match['quote'] or _quote(value)}{value}{match['quote'] or _quote(value)}{match['after']}"
    lines[places[0]] = line + lines[places[0]][len(content) :]
    return "".join(lines)


def change(path: Path, name: str, value: str) -> None:
    """Change a setting, and keep a copy of the file beside it.

    Raises :class:`SettingError` where a copy of an earlier change still lies there, or the change would change nothing.
    """
    rewrite(path, lambda text: with_value(text, name, value))


def put_back(path: Path, name: str, value: str) -> None:
    """Take a change back: the file gets the content it had, and the copy goes.

    Raises :class:`SettingError` where somebody has written to the file since.
    """
    restore(path, lambda text: with_value(text, name, value))


def rewrite(path: Path, changed: Callable[[str], str]) -> None:
    """Give a file the text that ``changed`` makes of its own, and keep a copy beside it. See :func:`change`."""
    kept = _kept(path)
    if kept.exists():
        raise SettingError(f"{kept.name} is there already: take that change back first, or move the copy aside")
    text = _read(path)
    new = changed(text)
    if new == text:
        raise SettingError(f"nothing in {path.name} is to be changed")
    with kept.open("x", encoding="utf-8", newline="") as copy:
        copy.write(text)
    _write(path, new)


def restore(path: Path, changed: Callable[[str], str]) -> None:
    """Take back what :func:`rewrite` did with the same ``changed``. See :func:`put_back`."""
    kept = _kept(path)
    text = _read(kept)
    if _read(path) != changed(text):
        raise SettingError(f"{path.name} was changed since; {kept.name} holds what it was before")
    _write(path, text)
    kept.unlink()


def _lines(text: str) -> list[re.Match[str] | None]:
    return [_LINE.fullmatch(line.rstrip("\r\n")) for line in text.splitlines(keepends=True)]


def _quoted(value: str) -> str:
    return f"{_quote(value)}{value}{_quote(value)}"


def _quote(value: str) -> str:
    return "" if _PLAIN.fullmatch(value) else "'"


def _kept(path: Path) -> Path:
    return path.with_name(path.name + KEPT)


def _read(path: Path) -> str:
    """Read a text with its line ends as they are."""
    return path.read_bytes().decode("utf-8")


def _write(path: Path, text: str) -> None:
    """Write in place, so that mode and owner stay."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
