"""Patterns whose time grows faster than the line: repetitions within repetitions, and gaps one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]  # the parser's own names: the standard library has no others
from re import _parser  # type: ignore[attr-defined]  # the only thing that reads expressions exactly as `re` does
from typing import Any

#: Rounds from which a repetition counts as one without a bound.
_MANY = 1000

#: Unbounded gaps (`.*`, `\S+`) in a row that a pattern may have; the time grows with the line's length to this power.
_MOST_GAPS = 2

_REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT})


def slow_part(expression: str) -> str | None:
    """Say what makes an expression slow on some line, ``None`` where nothing does. Raises ``re.error``."""
    parsed = _parser.parse(expression)
    for _, rounds, body in _repeats(parsed):
        if rounds >= _MANY and _is_ambiguous(body):
            return "a repetition within a repetition"
    gaps = _gaps(parsed)
    return f"{gaps} gaps without a bound" if gaps > _MOST_GAPS else None


def _repeats(sequence: Iterable[Any]) -> Iterator[tuple[int, int, Any]]:
    for kind, argument in sequence:
        if kind in _REPEATS:
            yield int(argument[0]), int(argument[1]), argument[2]
        for part in _parts(kind, argument):
            yield from _repeats(part)


def _is_ambiguous(body: Iterable[Any]) -> bool:
    """Say whether this body holds a repetition itself, and no fixed character that would part its rounds."""
    items = list(_flat(body))
    if any(kind is op.LITERAL for kind, _ in items):
        return False
    return any(rounds >= _MANY for _, rounds, _ in _repeats(items))


def _flat(sequence: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for kind, argument in sequence:
        if kind is op.SUBPATTERN:
            yield from _flat(argument[3])
        else:
            yield kind, argument


def _gaps(sequence: Iterable[Any]) -> int:
    """Return the most unbounded gaps of wide classes that follow one another in one way through the expression."""
    count = 0
    for kind, argument in _flat(sequence):
        if kind in _REPEATS and argument[1] >= _MANY:
            count += _is_wide(list(_flat(argument[2])))
        elif kind is op.BRANCH:
            count += max(map(_gaps, argument[1]), default=0)
        elif kind in _REPEATS:
            count += _gaps(argument[2])
    return count


def _is_wide(items: list[tuple[Any, Any]]) -> bool:
    """Say whether a repeated part takes nearly any character."""
    if len(items) != 1:
        return False
    kind, argument = items[0]
    negated = kind is op.IN and argument and argument[0][0] is op.NEGATE
    not_space = kind is op.IN and argument == [(op.CATEGORY, op.CATEGORY_NOT_SPACE)]
    return kind in {op.ANY, op.NOT_LITERAL} or bool(negated) or not_space


def _parts(kind: object, argument: Any) -> list[Any]:  # noqa: ANN401  (the parser has no types)
    if kind is op.BRANCH:
        return list(argument[1])
    if kind is op.SUBPATTERN:
        return [argument[3]]
    if kind in _REPEATS:
        return [argument[2]]
    if kind in {op.ASSERT, op.ASSERT_NOT}:
        return [argument[1]]
    return []
