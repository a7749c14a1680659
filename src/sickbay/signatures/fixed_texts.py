"""The fixed texts of all patterns, kept for the next process: finding them takes longer than a short log does."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sickbay.signatures.factors import Factors
from sickbay.signatures.kept import Kept, key_of
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.telling import tellings

#: The modules that decide what the texts of a pattern are.
_RULES = ("factors.py", "telling.py", "fixed_texts.py")


def fixed_texts(patterns: Sequence[Pattern], kept: Kept | None = None) -> list[Factors]:
    """Return, for each pattern, texts of which every match holds one.

    None at all where some way through the pattern has no fixed text to speak of.
    """
    key = key_of(_RULES, [pattern.expression for pattern in patterns])
    stored = None if kept is None else kept.load(key)
    if stored is not None:
        return [frozenset(text.encode("utf-8", "surrogateescape") for text in texts) for texts in json.loads(stored)]
    found = [_of_expression(pattern.expression) for pattern in patterns]
    if kept is not None:
        decoded = [sorted(text.decode("utf-8", "surrogateescape") for text in texts) for texts in found]
        kept.store(key, json.dumps(decoded).encode())
    return found


def _of_expression(expression: str) -> Factors:
    texts = [way.texts() for way in tellings(expression)]
    return frozenset[bytes]().union(*texts) if all(texts) else frozenset()
