"""Facts that were handed over with a text: lenient where the meaning is certain, plain about the rest."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping

from sickbay.facts.model import Fact, FactValue
from sickbay.facts.vocabulary import VOCABULARY

_WANTED = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_LONGEST_SHOWN = 200
_YES = frozenset({"true", "yes", "1"})
_NO = frozenset({"false", "no", "0"})


class InvalidContextError(ValueError):
    """A context's value has the wrong kind."""

    def __init__(self, name: str, value: object, kind: type) -> None:
        # A long value is not shown in part: what is cut could not be recognized as a secret any more.
        shown = f" {value!r}" if len(repr(value)) <= _LONGEST_SHOWN else ""
        super().__init__(f"context key {name!r} must be {_WANTED[kind]}, not the {type(value).__name__}{shown}")


def facts_from_context(context: Mapping[str, object], source: str = "context") -> list[Fact]:
    """Return the facts of a context. Unknown keys, nulls, and empty texts are ignored.

    Numbers and truth values may be written as texts, a command as a list of words.

    Raises :class:`InvalidContextError` for a known key whose value has the wrong kind.
    """
    facts = []
    for name, value in context.items():
        if name not in VOCABULARY or value is None or (isinstance(value, str) and not value.strip()):
            continue
        facts.append(Fact(name=name, value=_converted(name, value), source=source))
    return facts


def _converted(name: str, value: object) -> FactValue:
    kind = VOCABULARY[name].kind
    converted = _CONVERSIONS[kind](value)
    if converted is None:
        raise InvalidContextError(name, value, kind)
    return converted


def _truth(value: object) -> bool | None:
    word = str(value).strip().lower() if isinstance(value, bool | int | str) else ""
    return True if word in _YES else False if word in _NO else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _whole_number(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return shlex.join(value)
    return None


_CONVERSIONS: Mapping[type, Callable[[object], FactValue | None]] = {
    bool: _truth,
    int: _whole_number,
    float: _number,
    str: _text,
}
