"""The small language of a guide's conditions, like ``exit_code == 137 and not oom_killed``.

Names are facts, or the ids of signatures and conditions; they may contain hyphens. Values are numbers, ``'text'``, and
``[lists, of, both]``. Operators, loosest first: ``or``, ``and``, ``not``, comparisons (``== != < <= > >= in``, and ``~``
for "matches this regular expression"), and ``*`` between a number and a name.

Answers are three-valued (Kleene's strong logic): yes, no, or could-not-ask, where a name is not known. So a missing fact
neither proves nor refutes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = bool | int | float | str
Answer = bool | None
"""``True`` yes, ``False`` no, ``None`` could not ask."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|'(?P<text>[^']*)'|(?P<name>[A-Za-z_][\w-]*)|(?P<op>==|!=|<=|>=|<|>|~|\*|[()\[\],]))"
)
_KEYWORDS = frozenset({"and", "or", "not", "in"})
_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ConditionError(ValueError):
    """A condition does not parse. The message shows where."""

    def __init__(self, text: str, position: int, message: str) -> None:
        super().__init__(f"{message} in condition:\n  {text}\n  {' ' * position}^")


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


def parse(text: str) -> Condition:
    """Parse a condition. Raises :class:`ConditionError`."""
    parser = _Parser(text)
    condition = parser.disjunction()
    parser.expect_end()
    return condition


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
    return _COMPARISONS[comparison](left, right)


def _operand(operand: Operand, values: Mapping[str, Value]) -> Value | None:
    match operand:
        case Name(name):
            return values.get(name)
        case Literal(value):
            return value
        case Scaled(factor, name):
            value = values.get(name)
            return None if value is None or isinstance(value, str) else factor * value


def _operand_names(operand: Operand) -> frozenset[str]:
    match operand:
        case Name(name) | Scaled(_, name):
            return frozenset({name})
        case Literal():
            return frozenset()


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        self._next = 0
        position = 0
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            if found is None:
                raise ConditionError(text, position, "cannot read this")
            kind = str(found.lastgroup)
            value = found.group(kind)
            kind = "op" if kind == "name" and value in _KEYWORDS else kind
            self._tokens.append((kind, value, found.start(kind)))
            position = found.end()

    def disjunction(self) -> Condition:
        parts = [self._conjunction()]
        while self._take("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def expect_end(self) -> None:
        if self._next < len(self._tokens):
            raise self._error("expected the end")

    def _conjunction(self) -> Condition:
        parts = [self._negation()]
        while self._take("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _negation(self) -> Condition:
        if self._take("not"):
            return Not(self._negation())
        if self._take("("):
            inner = self.disjunction()
            self._require(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        left = self._operand()
        for comparison in _COMPARISONS:
            if self._take(comparison):
                return Compare(left, comparison, self._operand())
        if self._take("in"):
            return Member(left, self._list())
        if self._take("~"):
            right = self._operand()
            if not isinstance(right, Literal) or not isinstance(right.value, str):
                raise self._error("expected a 'pattern'")
            return Matches(left, right.value)
        if isinstance(left, Name):
            return left
        raise self._error("expected a comparison")

    def _operand(self) -> Operand:
        kind, value, _ = self._peek()
        if kind == "name":
            self._next += 1
            return Literal(value == "true") if value in {"true", "false"} else Name(value)
        literal = self._value()
        if self._take("*"):
            kind, name, _ = self._peek()
            if kind != "name" or isinstance(literal, str):
                raise self._error("expected number * name")
            self._next += 1
            return Scaled(float(literal), name)
        return Literal(literal)

    def _value(self) -> Value:
        kind, value, _ = self._peek()
        if kind not in {"number", "text"}:
            raise self._error("expected a name, a number, or 'text'")
        self._next += 1
        if kind == "text":
            return value
        return float(value) if "." in value else int(value)

    def _list(self) -> tuple[Value, ...]:
        self._require("[")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._require("]")
        return tuple(values)

    def _peek(self) -> tuple[str, str, int]:
        if self._next < len(self._tokens):
            return self._tokens[self._next]
        return "end", "", len(self._text)

    def _take(self, token: str) -> bool:
        kind, value, _ = self._peek()
        if kind == "op" and value == token:
            self._next += 1
            return True
        return False

    def _require(self, token: str) -> None:
        if not self._take(token):
            raise self._error(f"expected {token!r}")

    def _error(self, message: str) -> ConditionError:
        return ConditionError(self._text, self._peek()[2], message)
