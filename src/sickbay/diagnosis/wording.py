"""Filling captures and facts into a guide's sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sickbay.facts.model import Facts, FactValue

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_LONGEST = 200
_WHOLE = 1e6  # from here on :g would leave digits out


def filled_in(sentence: str, captures: Mapping[str, str], facts: Facts) -> str:
    """Return the sentence with every ``{name}`` replaced by a capture, else by a fact, else by ``<name>``."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        known = captures.get(name, facts.value(name))
        return f"<{name}>" if known is None else shown(known)[:_LONGEST]

    return _PLACEHOLDER.sub(value, sentence)


def shown(value: FactValue) -> str:
    """Return a value as a person writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and abs(value) < _WHOLE else str(value)
