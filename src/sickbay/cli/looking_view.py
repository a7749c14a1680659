"""What looks told, as text of 80 columns and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sickbay.cli.looking import Asked
from sickbay.diagnosis.wording import shown
from sickbay.facts.model import FactValue
from sickbay.redaction import Redactor
from sickbay.reports.characters import printable
from sickbay.reports.terminal import indented
from sickbay.safety.outcome import State

Look = dict[str, Any]
"""``{"guide": …, "probe": …, "state": …, "reason": …, "detail": …, "seconds": …, "facts": {…}}``."""


def looks_of(asked: Sequence[Asked], redactor: Redactor) -> list[Look]:
    """Return what was asked as data, hidden together."""
    looks: list[Look] = [
        {
            "guide": each.guide,
            "probe": each.probe,
            "state": str(each.outcome.state),
            "reason": None if each.outcome.reason is None else str(each.outcome.reason),
            "detail": each.outcome.detail,
            "seconds": each.seconds,
            "facts": dict(each.facts),
        }
        for each in asked
    ]
    given = [text for look in looks for text in _texts(look)]
    hidden = dict(zip(given, map(printable, redactor.together(given)), strict=True))
    return [
        {
            **look,
            "detail": hidden[look["detail"]],
            "facts": {
                name: hidden[value] if isinstance(value, str) else value for name, value in look["facts"].items()
            },
        }
        for look in looks
    ]


def rendered_looks(looks: Sequence[Look]) -> RenderableType:
    """Return them as something Rich can print: each with its facts, or with the reason why it has no answer."""
    parts: list[RenderableType] = [Text(), Text("Looked, and changed nothing", style="bold")]
    for look in looks:
        parts.append(indented(f"{look['probe']} of {look['guide']}"))
        parts += [indented(line, depth=2) for line in _lines(look)]
    if not looks:
        parts.append(indented("No guide that competes has a look."))
    return Group(*parts)


def _lines(look: Look) -> Iterator[str]:
    if look["state"] == State.NOT_MEASURED:
        yield f"NOT MEASURED ({look['reason']}){': ' if look['detail'] else ''}{look['detail']}"
        return
    for name, value in look["facts"].items():
        yield f"{name} = {_value(value)}"
    if not look["facts"]:
        yield "nothing that a cause depends on"


def _value(value: FactValue | None) -> str:
    return "no clear answer" if value is None else shown(value)


def _texts(look: Look) -> Iterator[str]:
    yield look["detail"]
    yield from (value for value in look["facts"].values() if isinstance(value, str))
