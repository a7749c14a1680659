"""Facts that were handed over with a text."""

from __future__ import annotations

from collections.abc import Mapping

from sickbay.facts.model import Fact, FactValue
from sickbay.facts.vocabulary import VOCABULARY


class InvalidContextError(ValueError):
    """A context's value has the wrong kind."""

    def __init__(self, name: str, value: object, kind: type) -> None:
        super().__init__(f"context key {name!r} must be {kind.__name__}, not {type(value).__name__} ({value!r})")


def facts_from_context(context: Mapping[str, object], source: str = "context") -> list[Fact]:
    """Return the facts of a context. Unknown keys and nulls are ignored.

    Raises :class:`InvalidContextError` for a known key whose value has the wrong kind.
    """
    facts = []
    for name, value in context.items():
        if value is None or name not in VOCABULARY:
            continue
        facts.append(Fact(name=name, value=_converted(name, value), source=source))
    return facts


def _converted(name: str, value: object) -> FactValue:
    kind = VOCABULARY[name].kind
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, str):
        return value
    if kind is str and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    raise InvalidContextError(name, value, kind)
