"""Filling captures and facts into a guide's sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sickbay.facts.model import Facts, FactValue

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]{}]*\{([A-Za-z_]\w*)\}[^\[\]{}]*)\]")
_LONGEST = 200
_WHOLE = 1e6  # from here on :g would leave digits out


def filled_in(sentence: str, captures: Mapping[str, str], facts: Facts) -> str:
    """Return the sentence with every ``{name}`` replaced by a capture, else by a fact, else by ``<name>``.

    A part in square brackets around one ``{name}``, as in ``is not set[: {name}]``, is left out where that is not
    known.
    """

    def known(name: str) -> FactValue | None:
        return captures.get(name, facts.value(name))

    def optional(found: re.Match[str]) -> str:
        return "" if known(found.group(2)) is None else found.group(1)

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        filling = known(name)
        return f"<{name}>" if filling is None else shown(filling)[:_LONGEST]

    return _PLACEHOLDER.sub(value, _OPTIONAL.sub(optional, sentence))


def shown(value: FactValue) -> str:
    """Return a value as a person writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and abs(value) < _WHOLE else str(value)
