"""One line of a project's file, replaced so that it can be put back: the old one stays above the new, as a comment.

For repairs of guides. The file is written in place, so that its mode and owner stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

MARK = "# before the repair: "


def replace_line(file: str, old: str, new: str) -> bool:
    """Put ``new`` in the place of the line ``old``, which becomes a comment. Say whether that was possible.

    It is not where the line is missing or stands there twice, where both are the same, or where a repair was made
    before. Raises ``OSError`` and ``UnicodeDecodeError``.
    """
    text = read_text(file)
    lines = text.split("\n")
    if lines.count(old) != 1 or old == new or "\n" in new or MARK in text:
        return False
    place = lines.index(old)
    lines[place : place + 1] = [f"{MARK}{old}", new]
    _write(file, "\n".join(lines))
    return True


def restore_line(file: str, again: Callable[[str], str]) -> bool:
    """Put the line back that :func:`replace_line` replaced, if ``again`` makes of it what stands there now.

    Says whether that was so: a line that somebody changed meanwhile is left alone. Raises ``OSError`` and
    ``UnicodeDecodeError``.
    """
    lines = read_text(file).split("\n")
    marked = [number for number, line in enumerate(lines) if line.startswith(MARK)]
    if len(marked) != 1:
        return False
    (place,) = marked
    old = lines[place].removeprefix(MARK)
    if lines[place + 1 : place + 2] != [again(old)]:
        return False
    lines[place : place + 2] = [old]
    _write(file, "\n".join(lines))
    return True


def read_text(file: str) -> str:
    """Return a file's text with its line ends as they are. Raises ``OSError`` and ``UnicodeDecodeError``."""
    return Path(file).read_bytes().decode()


def setting_line(text: str, key: str) -> re.Match[str] | None:
    """Find the line ``KEY=value`` of an environment file: groups ``before``, ``quote``, ``value``, and ``after``."""
    before = rf"(?P<before>[ \t]*(?:export[ \t]+)?{re.escape(key)}[ \t]*=[ \t]*)"
    value = r"(?P<quote>[\"']?)(?P<value>[^\n]*?)(?P=quote)(?P<after>[ \t\r]*)"
    return re.search(f"^{before}{value}$", text, re.MULTILINE)


def setting(text: str, key: str) -> str:
    """Return a setting's value without its quotes, empty where there is none."""
    found = setting_line(text, key)
    return found["value"] if found is not None else ""


def with_value(line: re.Match[str], value: str) -> str:
    """Return a setting's line with another value."""
    return f"{line['before']}{line['quote']}{value}{line['quote']}{line['after']}"


def _write(file: str, text: str) -> None:
    Path(file).write_bytes(text.encode())
