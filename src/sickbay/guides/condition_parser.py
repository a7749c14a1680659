"""Reading a guide's conditions. The language is described in :mod:`sickbay.guides.conditions`."""

from __future__ import annotations

import re

from sickbay.guides.conditions import (
    COMPARISONS,
    All,
    Any,
    Compare,
    Condition,
    Literal,
    Matches,
    Member,
    Name,
    Not,
    Operand,
    Scaled,
    Value,
)

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|'(?P<text>[^']*)'|(?P<name>[A-Za-z_][\w-]*)|(?P<op>==|!=|<=|>=|<|>|~|\*|[()\[\],]))"
)
_KEYWORDS = frozenset({"and", "or", "not", "in"})


class ConditionError(ValueError):
    """A condition does not parse. The message shows where."""

    def __init__(self, text: str, position: int, message: str) -> None:
        super().__init__(f"{message} in condition:\n  {text}\n  {' ' * position}^")


def parse(text: str) -> Condition:
    """Parse a condition. Raises :class:`ConditionError`."""
    parser = _Parser(text)
    condition = parser.disjunction()
    parser.expect_end()
    return condition


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
        for comparison in COMPARISONS:
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
