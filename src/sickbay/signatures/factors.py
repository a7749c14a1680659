"""The fixed texts of a regular expression: whatever it matches contains one of them, upper and lower case aside.

Looking for fixed texts is fast in any way; the expression itself then decides on the few lines that contain one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]  # the parser's own names: the standard library has no others
from re import _parser  # type: ignore[attr-defined]  # the only thing that reads expressions exactly as `re` does
from typing import Any

#: Shortest text that is worth looking for.
SHORTEST = 2

#: Most alternatives that are looked for in place of one expression.
_MOST = 64

#: Letters outside ASCII that match an ASCII letter where case is ignored, and that letter.
FOLDED = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
_FOLDED_BYTES = tuple((odd.encode(), plain.encode()) for odd, plain in FOLDED.items())

_ZERO_WIDTH = frozenset({op.AT, op.ASSERT_NOT})

Factors = frozenset[bytes]


def fold(data: bytes) -> bytes:
    """Return a text in which :func:`factors` can be looked for. Lines stay lines; their lengths may change."""
    return fold_odd(data).lower()


def fold_odd(data: bytes) -> bytes:
    """Return a text without letters outside ASCII that count as an ASCII letter where case is ignored."""
    for odd, plain in () if data.isascii() else _FOLDED_BYTES:
        if odd in data:
            data = data.replace(odd, plain)
    return data


def factors(expression: str) -> tuple[Factors, ...]:
    """Return sets of texts, the most telling set first: after :func:`fold`, every match holds at least one of each.

    Empty where an expression has no fixed text to speak of. Raises ``re.error`` where it does not parse.
    """
    parsed = _parser.parse(expression)
    found = set(required_texts(parsed, ignore_case=bool(parsed.state.flags & re.IGNORECASE)))
    telling = [alternatives for alternatives in found if _worth(alternatives)[0] >= SHORTEST]
    return tuple(sorted(telling, key=lambda each: (_worth(each), sorted(each)), reverse=True))


def required_texts(sequence: Iterable[Any], *, ignore_case: bool) -> Iterator[Factors]:
    """Yield the sets of texts that a parsed sequence cannot do without: one of each set stands in every match."""
    run = b""
    for kind, argument in flattened(sequence):
        if kind in _ZERO_WIDTH:
            continue
        letter = _letter(kind, argument, ignore_case=ignore_case)
        if letter is not None:
            run += letter
            continue
        yield frozenset({run})
        run = b""
        if (inner := _of_part(kind, argument, ignore_case=ignore_case)) is not None:
            yield inner
    yield frozenset({run})


def _best(sequence: Iterable[Any], *, ignore_case: bool) -> Factors | None:
    best = max(required_texts(sequence, ignore_case=ignore_case), key=_worth)
    return best if _worth(best)[0] > 0 else None


def _worth(alternatives: Factors) -> tuple[int, int]:
    return min(map(len, alternatives)), -len(alternatives)


def flattened(sequence: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield a sequence's parts, those of plain groups too. Takes and yields what ``re``'s own parser makes."""
    for kind, argument in sequence:
        if kind is op.SUBPATTERN and not argument[1] and not argument[2]:
            yield from flattened(argument[3])
        else:
            yield kind, argument


def _letter(kind: object, argument: Any, *, ignore_case: bool) -> bytes | None:  # noqa: ANN401  (the parser has no types)
    """Return the folded character where a part stands for just one."""
    if kind is op.IN:
        if len(argument) > 2:  # more than a letter in both cases
            return None
        letters = {_letter(*item, ignore_case=ignore_case) for item in argument}
        return letters.pop() if len(letters) == 1 else None
    if kind is not op.LITERAL or argument == ord("\n"):
        return None
    if argument < 128:
        return chr(argument).lower().encode()
    character = chr(argument)
    if ignore_case and not character.isascii():
        character = FOLDED.get(character, character)
        if not character.isascii() and (character.lower() != character.upper()):
            return None
    return fold(character.encode("utf-8", "surrogatepass"))


def _of_part(kind: object, argument: Any, *, ignore_case: bool) -> Factors | None:  # noqa: ANN401  (as above)
    if kind is op.BRANCH:
        parts = [_best(part, ignore_case=ignore_case) for part in argument[1]]
        known = [part for part in parts if part is not None]
        union = frozenset[bytes]().union(*known)
        return union if len(known) == len(parts) and len(union) <= _MOST else None
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT} and argument[0] > 0:
        return _best(argument[2], ignore_case=ignore_case)
    if kind is op.ATOMIC_GROUP:
        return _best(argument, ignore_case=ignore_case)
    if kind is op.SUBPATTERN:  # a group with flags of its own
        _, added, removed, inner = argument
        ignores = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        return _best(inner, ignore_case=ignores)
    return None
