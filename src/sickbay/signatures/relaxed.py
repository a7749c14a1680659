"""Expressions for Vectorscan that match wherever `re` does, and at times elsewhere; `re` then decides on those lines.

They run over bytes, know no character outside ASCII from another, count no gap, and leave out what looks around. So no
difference between the two libraries can lose a hit: not in Unicode, not in boundaries of words, not in lookaheads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from re import (  # type: ignore[attr-defined]  # the parser's own: nothing else reads expressions exactly as `re` does
    _compiler,
    _parser,
)
from re import _constants as op  # type: ignore[attr-defined]  # the parser's own names: the standard library has no others
from typing import Any

from sickbay.signatures.factors import FOLDED
from sickbay.signatures.telling import Telling

#: Rounds that are counted; beyond them any number is taken.
_MOST_ROUNDS = 3

_HIGH = rb"\x80-\xff"
_ANYTHING = rb"[^\n]*"
_START = b"(?:^|[\\x20\\x5d])"  # a line's message begins behind the blank, or the bracket, of a known prefix
_REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT})
_ONE_CHARACTER = frozenset({op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY})
_STARTS = frozenset({op.AT_BEGINNING, op.AT_BEGINNING_STRING})
_ENDS = frozenset({op.AT_END, op.AT_END_STRING})


def relaxed(way: Telling) -> bytes:
    """Return an expression for the telling part of one way through an expression of ``re``'s.

    It matches in the bytes of every line, after :func:`~sickbay.signatures.factors.fold_odd`, in which the way matches.
    """
    return _sequence(way.part, ignore_case=way.ignore_case, last=True)


def fixed(text: bytes) -> bytes:
    """Return an expression for a text, in upper and lower case."""
    return b"(?i)" + b"".join(b"\\x%02x" % byte for byte in text)


def _sequence(sequence: Iterable[Any], *, ignore_case: bool, last: bool = False) -> bytes:
    """Return a sequence relaxed. Nothing follows the ``last`` one, so the shortest match of its end will do."""
    items = list(sequence)
    return b"".join(
        _part(kind, argument, ignore_case=ignore_case, last=last and place == len(items))
        for place, (kind, argument) in enumerate(items, start=1)
    )


def _part(kind: object, argument: Any, *, ignore_case: bool, last: bool) -> bytes:  # noqa: ANN401  (the parser has no types)
    if kind in _ONE_CHARACTER:
        low, high = _bytes_of(kind, argument, ignore_case=ignore_case)
        return b"[%s%s]" % (low, _HIGH) if high and last else _character(low, high)
    if kind in _REPEATS:
        return _repeat(*argument, ignore_case=ignore_case, last=last)
    if kind is op.AT:
        return _START if argument in _STARTS else b"$" if argument in _ENDS else b""
    if kind in {op.ASSERT, op.ASSERT_NOT}:
        return b""
    if kind is op.BRANCH:
        return _group(b"|".join(_sequence(each, ignore_case=ignore_case, last=last) for each in argument[1]))
    if kind is op.SUBPATTERN:
        _, added, removed, inner = argument
        ignores = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        return _group(_sequence(inner, ignore_case=ignores, last=last))
    if kind is op.ATOMIC_GROUP:
        return _group(_sequence(argument, ignore_case=ignore_case, last=last))
    return _ANYTHING  # what refers to a group


def _repeat(least: int, most: int, body: Any, *, ignore_case: bool, last: bool) -> bytes:  # noqa: ANN401  (as above)
    fewest = min(least, _MOST_ROUNDS)
    if last and fewest == 0:
        return b""
    items = list(body)
    if len(items) == 1 and items[0][0] in _ONE_CHARACTER:
        low, high = _bytes_of(*items[0], ignore_case=ignore_case)
        counted, part = not high, b"[%s%s]" % (low, _HIGH if high else b"")
    else:
        counted, part = True, _group(_sequence(items, ignore_case=ignore_case))
    if last:
        return b"%s{%d}" % (part, fewest)
    rounds = b"%d" % most if counted and most <= _MOST_ROUNDS else b""
    return b"%s{%d,%s}" % (part, fewest, rounds)


def _group(inner: bytes) -> bytes:
    return b"(?:%s)" % inner


def _character(low: bytes, high: bool) -> bytes:
    if not high:
        return b"[%s]" % low
    return b"(?:[%s]|[%s]+)" % (low, _HIGH) if low else b"[%s]+" % _HIGH


def _bytes_of(kind: object, argument: Any, *, ignore_case: bool) -> tuple[bytes, bool]:  # noqa: ANN401  (as above)
    """Return which ASCII bytes one character may be, written for a class, and whether it may be another character."""
    if kind is op.LITERAL and argument < 128:
        letter = chr(argument)
        both = {letter.lower(), letter.upper()} if ignore_case else {letter}
        return _ranges({ord(each) for each in both}), False
    return _asked(repr((kind, argument)), _Part((kind, argument)), ignore_case)


class _Part:
    """One item of a parsed expression, which counts as equal to every other: the text beside it says which it is."""

    def __init__(self, item: tuple[object, Any]) -> None:
        self.item = item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Part)

    def __hash__(self) -> int:
        return 0


@cache
def _asked(_name: str, part: _Part, ignore_case: bool) -> tuple[bytes, bool]:
    """Ask ``re`` which characters a class takes."""
    parsed = _parser.SubPattern(_parser.State(), [part.item])
    takes = _compiler.compile(parsed, re.IGNORECASE if ignore_case else 0).fullmatch
    low = {code for code in range(128) if code != ord("\n") and takes(chr(code))}
    low |= {ord(plain) for odd, plain in FOLDED.items() if takes(odd)}
    return _ranges(low), _may_be_high(*part.item)


def _ranges(codes: set[int]) -> bytes:
    """Return byte values written for a class."""
    starts = [code for code in sorted(codes) if code - 1 not in codes]
    ends = [code for code in sorted(codes) if code + 1 not in codes]
    pairs = zip(starts, ends, strict=True)
    return b"".join(b"\\x%02x" % start + (b"-\\x%02x" % end if end > start else b"") for start, end in pairs)


def _may_be_high(kind: object, argument: Any) -> bool:  # noqa: ANN401  (as above)
    if kind is not op.IN:
        return True
    return not all(
        (kind is op.LITERAL and value < 128) or (kind is op.RANGE and value[1] < 128) for kind, value in argument
    )
