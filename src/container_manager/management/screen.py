"""Showing things to a person at a terminal, or in a pipe, through a command's own output."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from typing import Any

from django.core.management.base import OutputWrapper
from rich.console import Console, RenderableType

#: The width that is reckoned with where nobody says otherwise.
USUAL_WIDTH = 80


class Screen:
    """Renders onto a command's output: in color and full width on a terminal, plain where it is piped."""

    def __init__(self, output: OutputWrapper, *, no_color: bool = False, width_when_piped: int = USUAL_WIDTH) -> None:
        self._output = output
        self._is_terminal = output.isatty()
        self._no_color = no_color or not self._is_terminal or bool(os.environ.get("NO_COLOR"))
        self._width = None if self._is_terminal else _columns(width_when_piped)

    def show(self, *parts: RenderableType) -> None:
        """Show the parts one below the other."""
        with self.page() as console:
            for part in parts:
                console.print(part)

    @contextmanager
    def page(self) -> Iterator[Console]:
        """Give a console to print on; what was printed is shown when the block ends."""
        buffer = StringIO()
        yield Console(
            file=buffer,
            force_terminal=self._is_terminal,
            no_color=self._no_color,
            width=self._width,
            markup=False,
            emoji=False,
            highlight=False,
        )
        # Tables are filled up with blanks, which a pipe has no use for.
        self._output.write("\n".join(line.rstrip() for line in buffer.getvalue().splitlines()))

    def show_json(self, value: Any) -> None:  # noqa: ANN401  (JSON is of any shape)
        """Show a value as JSON, and nothing else."""
        self._output.write(json.dumps(value, indent=2, ensure_ascii=False))


def _columns(otherwise: int) -> int:
    given = os.environ.get("COLUMNS", "")
    return int(given) if given.isascii() and given.isdigit() and int(given) > 0 else otherwise


def visible(text: str) -> str:
    """Return text from outside with its control characters, which could drive a terminal, spelled out."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else character.encode("unicode_escape").decode()
        for character in text
    )


def one_line(text: str) -> str:
    """Return text from outside for one line of a table."""
    return visible(" ".join(text.split()))


def shown_time(moment: datetime | None) -> str:
    """Return a time as it is shown: UTC, to the second."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def shown_duration(seconds: float | None) -> str:
    """Return a duration as it is shown, in the two units that matter."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
