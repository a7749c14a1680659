"""Edits of one line of a file, for parts that know the line by what it says."""

from __future__ import annotations

from collections.abc import Callable

from sickbay.guides.kept_file import CannotChangeError, Edit


def one_line(changed: Callable[[str], str | None], why_not: str) -> Edit:
    """Return the edit that changes the one line which ``changed`` has another one for.

    The edit raises :class:`CannotChangeError`, with ``why_not``, where there is none, and where there are several.
    """

    def edit(text: str) -> str:
        lines = text.split("\n")
        new = {number: line for number, old in enumerate(lines) if (line := _other(changed, old)) is not None}
        if len(new) != 1:
            raise CannotChangeError(why_not if not new else "several lines are alike")
        return "\n".join(new.get(number, line) for number, line in enumerate(lines))

    return edit


def _other(changed: Callable[[str], str | None], old: str) -> str | None:
    """Return the line that takes this one's place, with the end that it has in a file of mixed line ends."""
    body = old.removesuffix("\r")
    new = changed(body)
    return None if not new or new == body or "\n" in new else new + old[len(body) :]
