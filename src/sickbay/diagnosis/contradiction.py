"""What speaks against a cause, what rules it out, and what nobody asked.

A condition is a tree of ``and``, ``or``, and ``not``. In an ``and`` of which something holds, the part that is known to
be otherwise contradicts: a fact, a line that must not be there, a line that must and is not. An alternative that
simply does not occur says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sickbay.guides.conditions import All, Any, Condition, Not, Value, evaluate, names, supports

Values = Mapping[str, Value]


def asked_for(condition: Condition) -> frozenset[str]:
    """Return the names that a condition wants to be so; not those that it wants to be otherwise."""
    match condition:
        case All(parts) | Any(parts):
            return _of(parts, asked_for)
        case Not():
            return frozenset()
        case _:
            return names(condition)


def speaking(condition: Condition, values: Values) -> frozenset[str]:
    """Return the names that speak for a condition, whether or not it holds as a whole."""
    match condition:
        case All(parts) | Any(parts):
            return _of(parts, lambda part: speaking(part, values))
        case Not():
            return frozenset()
        case _:
            return names(condition) if evaluate(condition, values) is True else frozenset()


def opposing(condition: Condition, values: Values) -> frozenset[str]:
    """Return the names that refute an ``and`` for which something speaks."""
    match condition:
        case All(parts):
            inner = _of(parts, lambda part: opposing(part, values))
            if not speaking(condition, values):
                return inner
            return inner | _of(parts, lambda part: _refuting(part, values))
        case Any(parts):
            return _of(parts, lambda part: opposing(part, values))
        case _:
            return frozenset()


def unknown(condition: Condition, values: Values) -> frozenset[str]:
    """Return the names that an ``and`` for which something speaks still waits for."""
    match condition:
        case All(parts) if evaluate(condition, values) is None and speaking(condition, values):
            return _of(parts, lambda part: _unasked(part, values))
        case All(parts) | Any(parts):
            return _of(parts, lambda part: unknown(part, values))
        case _:
            return frozenset()


def waiting(condition: Condition, values: Values) -> frozenset[str]:
    """Return the names that speak for what is not decided yet: they would do, were the unknown known to be so."""
    if evaluate(condition, values) is not None:
        return frozenset()
    match condition:
        case All():
            return speaking(condition, values)
        case Any(parts):
            return _of(parts, lambda part: waiting(part, values))
        case _:
            return frozenset()


def measured_against(condition: Condition, values: Values, is_measured: Callable[[str], bool]) -> frozenset[str]:
    """Return the names that were measured, and are otherwise than some part of the condition wants them."""
    return frozenset(name for name in _answering(condition, values, answer=False) if is_measured(name))


def agreeing(condition: Condition, values: Values) -> frozenset[str]:
    """Return the names that are as some part of the condition wants them, be it to be so or otherwise."""
    return _answering(condition, values, answer=True)


def _answering(condition: Condition, values: Values, *, answer: bool) -> frozenset[str]:
    match condition:
        case All(parts) | Any(parts):
            return _of(parts, lambda part: _answering(part, values, answer=answer))
        case _:
            return names(condition) if evaluate(condition, values) is answer else frozenset()


def _refuting(condition: Condition, values: Values) -> frozenset[str]:
    """Return the names that make a condition false; none where it is not."""
    if evaluate(condition, values) is not False:
        return frozenset()
    match condition:
        case All(parts) | Any(parts):
            return _of(parts, lambda part: _refuting(part, values))
        case Not(inner):
            return supports(inner, values) or names(inner)
        case _:
            return names(condition)


def _unasked(condition: Condition, values: Values) -> frozenset[str]:
    if evaluate(condition, values) is not None:
        return frozenset()
    return frozenset(name for name in names(condition) if name not in values)


def _of(parts: Iterable[Condition], found: Callable[[Condition], frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*(found(part) for part in parts))
