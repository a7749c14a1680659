"""Filling captures and facts into a guide's sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sickbay.facts.model import Facts

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_LONGEST = 200


def filled_in(sentence: str, captures: Mapping[str, str], facts: Facts) -> str:
    """Return the sentence with every ``{name}`` replaced by a capture, else by a fact, else by ``<name>``."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        known = captures.get(name, facts.value(name))
        if isinstance(known, float):
            return f"{known:g}"
        return f"<{name}>" if known is None else str(known)[:_LONGEST]

    return _PLACEHOLDER.sub(value, sentence)
