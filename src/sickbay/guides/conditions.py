"""The small language of a guide's conditions, like ``exit_code == 137 and not oom_killed``.

Names are facts, or the ids of signatures and conditions; they may contain hyphens. Values are numbers, ``'text'``,
and ``[lists, of, both]``. Operators, loosest first: ``or``, ``and``, ``not``, comparisons (``== != < <= > >= in``,
and ``~`` for "matches this regular expression"), and ``*`` between a number and a name.

Answers are three-valued (Kleene's strong logic): yes, no, or could-not-ask, where a name is not known. So a missing
fact neither proves nor refutes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = bool | int | float | str
Answer = bool | None
"""``True`` yes, ``False`` no, ``None`` could not ask."""

COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Name:
    """A fact, a signature, or another condition."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A value that stands in the text."""

    value: Value


@dataclass(frozen=True)
class Scaled:
    """A number times a name's value."""

    factor: float
    name: str


Operand = Name | Literal | Scaled


@dataclass(frozen=True)
class Compare:
    """Two operands and a comparison."""

    left: Operand
    comparison: str
    right: Operand


@dataclass(frozen=True)
class Member:
    """Whether an operand is one of several values."""

    left: Operand
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Matches:
    """Whether a text matches a regular expression somewhere."""

    left: Operand
    pattern: str


@dataclass(frozen=True)
class Not:
    """The opposite."""

    inner: Condition


@dataclass(frozen=True)
class All:
    """Every one of several."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any:
    """At least one of several."""

    parts: tuple[Condition, ...]


Condition = Name | Compare | Member | Matches | Not | All | Any


def names(condition: Condition) -> frozenset[str]:
    """Return every name a condition speaks of."""
    match condition:
        case Name(name):
            return frozenset({name})
        case Compare(left, _, right):
            return _operand_names(left) | _operand_names(right)
        case Member(left, _) | Matches(left, _):
            return _operand_names(left)
        case Not(inner):
            return names(inner)
        case All(parts) | Any(parts):
            return frozenset[str]().union(*(names(part) for part in parts))


def evaluate(condition: Condition, values: Mapping[str, Value]) -> Answer:
    """Say whether a condition holds, given the values that are known."""
    match condition:
        case Name(name):
            value = values.get(name)
            return None if value is None else bool(value)
        case Compare(left, comparison, right):
            return _compared(_operand(left, values), comparison, _operand(right, values))
        case Member(left, members):
            member = _operand(left, values)
            return None if member is None else member in members
        case Matches(left, pattern):
            text = _operand(left, values)
            return re.search(pattern, text) is not None if isinstance(text, str) else None
        case Not(inner):
            answer = evaluate(inner, values)
            return None if answer is None else not answer
        case All(parts):
            return _all([evaluate(part, values) for part in parts])
        case Any(parts):
            denied = _all([_negated(evaluate(part, values)) for part in parts])
            return _negated(denied)


def supports(condition: Condition, values: Mapping[str, Value]) -> frozenset[str]:
    """Return the names that make a condition hold: those asked for, not those asked to be absent.

    Empty where the condition does not hold.
    """
    if evaluate(condition, values) is not True:
        return frozenset()
    match condition:
        case All(parts) | Any(parts):
            return frozenset[str]().union(*(supports(part, values) for part in parts))
        case Not():
            return frozenset()
        case _:
            return names(condition)


def _negated(answer: Answer) -> Answer:
    return None if answer is None else not answer


def _all(answers: list[Answer]) -> Answer:
    if False in answers:
        return False
    return None if None in answers else True


def _compared(left: Value | None, comparison: str, right: Value | None) -> Answer:
    if left is None or right is None:
        return None
    if isinstance(left, str) != isinstance(right, str):
        return comparison == "!="
    return COMPARISONS[comparison](left, right)


def _operand(operand: Operand, values: Mapping[str, Value]) -> Value | None:
    match operand:
        case Name(name):
            return values.get(name)
        case Literal(value):
            return value
        case Scaled(factor, name):
            number = values.get(name)
            return None if number is None or isinstance(number, str) else factor * number


def _operand_names(operand: Operand) -> frozenset[str]:
    match operand:
        case Name(name) | Scaled(_, name):
            return frozenset({name})
        case Literal():
            return frozenset()
