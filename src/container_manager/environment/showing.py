"""Showing problems to people: the line, a caret below, what is wrong, and what would be right."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from container_manager.environment.diagnostics import Diagnostic, Excerpt, Severity

USUAL_WIDTH = 80
_TAB = 4
_NARROWEST = 30


class Role(StrEnum):
    """What a line of the answer is, for whoever gives it a color."""

    ERROR = "error"
    WARNING = "warning"
    SOURCE = "source"
    CARET = "caret"
    FIX = "fix"


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """One line of the answer."""

    role: Role
    text: str


def show(problem: Diagnostic, width: int = USUAL_WIDTH) -> str:
    """Return a problem as text of at most ``width`` columns, without a line end."""
    return "\n".join(line.text for line in shown_lines(problem, width))


def shown_lines(problem: Diagnostic, width: int = USUAL_WIDTH) -> Iterator[ShownLine]:
    """Return a problem line by line."""
    width = max(width, _NARROWEST)
    role = Role.ERROR if problem.severity is Severity.ERROR else Role.WARNING
    heading = f"{where(problem)}: {problem.severity}: {problem.message} [{problem.code}]"
    for line in _wrapped(heading, width, "  "):
        yield ShownLine(role=role, text=line)
    if problem.excerpt is not None:
        yield from _excerpt_lines(problem.excerpt, str(problem.line), width)
    for note in problem.notes:
        text = _cut(f"      {note.template}:{note.line}: {_visible(note.text)}", width)
        yield ShownLine(role=Role.SOURCE, text=text)
    for line in _wrapped(f"    Fix: {problem.fix}", width, "    "):
        yield ShownLine(role=Role.FIX, text=line)


def where(problem: Diagnostic) -> str:
    """Return a problem's place, as programs that open files take it."""
    if problem.line is None:
        return f"the job's {problem.variable}" if problem.variable else "all templates"
    return f"{problem.template}:{problem.line}:{problem.column}"


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    visible = _visible(text)
    return textwrap.wrap(visible, width, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True) or [""]


def _excerpt_lines(excerpt: Excerpt, number: str, width: int) -> Iterator[ShownLine]:
    gutter = f"{number:>5} | "
    room = width - len(gutter) - 1  # what is missing at a line's end is marked behind it
    line, start, end = _window(excerpt, room)
    before = _columns(line[:start])
    marked = max(min(_columns(line[start:end]), room - before), 1)
    yield ShownLine(role=Role.SOURCE, text=f"{gutter}{_visible(line)}".rstrip())
    yield ShownLine(role=Role.CARET, text=f"{'':>5} | {' ' * before}{'^' * marked}")


def _window(excerpt: Excerpt, room: int) -> tuple[str, int, int]:
    """Return the part of a line around its mark that has room, and the mark in it."""
    line, start, end = excerpt.line, excerpt.start, excerpt.end
    if len(line) <= room and _columns(line) <= room:
        return line, start, end
    begin = start
    used = _columns(line[start : start + 1])
    while begin > 0 and used + _columns(line[begin - 1]) <= room // 2:
        begin -= 1
        used += _columns(line[begin])
    stop = start + 1
    while stop < len(line) and used + _columns(line[stop]) <= room - 2:
        used += _columns(line[stop])
        stop += 1
    left, right = "…" if begin else "", "…" if stop < len(line) else ""
    shift = len(left) - begin
    return f"{left}{line[begin:stop]}{right}", start + shift, min(end, stop) + shift


def _visible(text: str) -> str:
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return " " * _TAB
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode()


def _columns(text: str) -> int:
    """Return how many columns a text takes as it is shown."""
    return sum(_width(character) for shown in text for character in _shown(shown))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
