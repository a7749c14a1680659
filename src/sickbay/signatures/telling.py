"""The part of an expression that is worth looking for in large texts: what is left when gaps and common words go.

Every match of an expression holds a match of each part between two gaps. The part with the longest fixed text is rare
in a text, and a search for it alone is fast: nothing has to be remembered over a gap, as after ``https://`` on every
line of a web server's log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from re import _constants as op  # type: ignore[attr-defined]  # the parser's own names: the standard library has no others
from re import _parser  # type: ignore[attr-defined]  # the parser's own: nothing else reads expressions exactly as `re` does
from typing import Any

from sickbay.signatures.factors import SHORTEST, Factors, flattened, required_texts

Item = tuple[Any, Any]

#: Bytes of fixed text, words that are everywhere aside, from which a part alone is looked for.
_TELLING = 3

#: What a word that is everywhere counts, in bytes: more than one character, and too little to be looked for alone.
_HARDLY = 2

#: Bytes from which a text is rare enough not to look further.
_LONG = 8

#: Rounds up to which a repetition is no gap.
_MOST_ROUNDS = 3

#: Most ways that are looked for in place of one alternative of an expression.
_MOST_WAYS = 64

#: The length of ``://``.
_ADDRESS = 3

_WORD_ENDS = frozenset({op.AT_BOUNDARY, op.AT_NON_BOUNDARY})
_REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT})

#: What stands in many lines of ordinary logs. A wrong guess here costs time and no hit.
_EVERYWHERE = frozenset(
    {"get", "head", "put", "post"}
    | {"http", "https", "//", "http://", "https://", "request", "requests", "status", "message", "version", "default"}
    | {"error", "errors", "failed", "failure", "warning", "timeout", "denied", "python", "started", "running"}
    | {"docker", "container", "process", "server", "client", "connection", "session"}
)


@dataclass(frozen=True, kw_only=True)
class Telling:
    """One way through an expression, as ``re``'s own parser gives it, and the part of it that is worth looking for."""

    way: Sequence[Item]
    part: Sequence[Item]
    ignore_case: bool

    def texts(self) -> Factors:
        """Return fixed texts of which every match of the part holds one, after ``factors.fold``."""
        found = required_texts(self.part, ignore_case=self.ignore_case)
        best = max(found, key=_rareness, default=frozenset[bytes]())
        return best if min(map(len, best), default=0) >= SHORTEST else frozenset()

    def rare_texts(self) -> Factors:
        """Return such texts if each is so long and rare that a search for it alone will do, else none."""
        best = self.texts()
        return best if best and _worth_of_texts(best) >= _LONG else frozenset()

    def all_texts(self) -> tuple[Factors, ...]:
        """Return every set of texts of which a match of the whole way holds one, the rarest first."""
        found = {each for each in required_texts(self.way, ignore_case=self.ignore_case) if all(each)}
        return tuple(sorted(found, key=lambda each: (_rareness(each), sorted(each)), reverse=True))


def tellings(expression: str) -> list[Telling]:
    """Return ways of which every match of an expression takes one. Raises ``re.error`` where it does not parse."""
    parsed = _parser.parse(expression)
    ignore_case = bool(parsed.state.flags & re.IGNORECASE)
    items = list(parsed)
    alternatives = items[0][1][1] if len(items) == 1 and items[0][0] is op.BRANCH else [items]
    found: list[Telling] = []
    for each in map(list, alternatives):
        ways = list(_ways(each, ignore_case=ignore_case))
        found += ways if len(ways) <= _MOST_WAYS else [Telling(way=each, part=each, ignore_case=ignore_case)]
    return found


def _ways(items: Iterable[Item], *, ignore_case: bool) -> Iterator[Telling]:
    whole = list(flattened(items))
    worth, best = max(
        ((_worth(part, ignore_case=ignore_case), part) for part in _between_gaps(whole)), key=lambda each: each[0]
    )
    if worth >= _LONG and len(best) > 1:
        yield Telling(way=whole, part=best, ignore_case=ignore_case)
    elif best and best[0][0] is op.SUBPATTERN and (worth >= _LONG or len(whole) == 1):  # it has flags of its own
        _, added, removed, inner = best[0][1]
        ignores = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        yield from _ways(inner, ignore_case=ignores)
    elif worth >= _LONG and best[0][0] is op.BRANCH:
        for each in _ways_on(best, ignore_case=ignore_case):
            # What stands around is read as this level ignores case, or not.
            yield replace(each, way=[*whole, *each.part]) if each.ignore_case == ignore_case else each
    elif whole and whole[-1][0] is op.BRANCH:
        yield from _ways_on(whole, ignore_case=ignore_case)
    else:
        part = best if worth >= _TELLING else _behind_address(whole)
        yield Telling(way=whole, part=_without_open_ends(part), ignore_case=ignore_case)


def _ways_on(items: Sequence[Item], *, ignore_case: bool) -> Iterator[Telling]:
    """Yield the ways through a sequence that ends with alternatives."""
    *before, (_, (_, alternatives)) = items
    for alternative in alternatives:
        yield from _ways([*before, *alternative], ignore_case=ignore_case)


def _behind_address(items: Sequence[Item]) -> Sequence[Item]:
    """Return what follows the last ``://``, which is on every line of many logs, if any fixed text is left there."""
    for place in range(len(items) - 1, _ADDRESS - 1, -1):
        if all(items[place - _ADDRESS + number] == (op.LITERAL, ord(each)) for number, each in enumerate("://")):
            return items[place:] if _has_text(items[place:]) else items
    return items


def _without_open_ends(items: Sequence[Item]) -> Sequence[Item]:
    """Leave out what costs time and tells little: a run of some length at the beginning, or before the line's end."""
    start = next((number for number, (kind, argument) in enumerate(items) if not _is_run(kind, argument)), 0)
    kept = items[start:] if _has_text(items[start:]) else items
    ends_line = len(kept) > 1 and kept[-1] == (op.AT, op.AT_END)
    return kept[:-1] if ends_line and _is_run(*kept[-2]) and _has_text(kept[:-2]) else kept


def _is_run(kind: object, argument: Any) -> bool:  # noqa: ANN401  (the parser has no types)
    """Say whether an item stands for some characters of one class, more or fewer."""
    return kind in _REPEATS and argument[0] < argument[1] and len(argument[2]) == 1


def _has_text(items: Iterable[Item]) -> bool:
    return any(map(all, required_texts(items, ignore_case=True)))


def _between_gaps(items: Iterable[Item]) -> list[list[Item]]:
    parts: list[list[Item]] = [[]]
    for kind, argument in flattened(items):
        if _is_gap(kind, argument):
            # What must come at least once may be telling itself.
            parts += [[(kind, argument)], []] if kind in _REPEATS and argument[0] > 0 else [[]]
        elif not _looks_around(kind, argument):
            parts[-1].append((kind, argument))
    return parts


def _looks_around(kind: object, argument: Any) -> bool:  # noqa: ANN401  (as above)
    return kind in {op.ASSERT, op.ASSERT_NOT} or (kind is op.AT and argument in _WORD_ENDS)


def _is_gap(kind: object, argument: Any) -> bool:  # noqa: ANN401  (as above)
    """Say whether an item may stand for nothing much, or for very much."""
    if kind in _REPEATS:
        return bool(argument[1] > _MOST_ROUNDS or (argument[0] == 0 and len(argument[2]) > 1))
    if kind is op.BRANCH:  # as in `(?:^|error: )`
        return any(not any(map(any, required_texts(each, ignore_case=True))) for each in argument[1])
    return False


def _worth(part: Iterable[Item], *, ignore_case: bool) -> int:
    found = required_texts(part, ignore_case=ignore_case)
    return max(map(_worth_of_texts, found), default=0)


def _rareness(alternatives: Factors) -> tuple[int, int, int]:
    return _worth_of_texts(alternatives), min(map(len, alternatives)), -len(alternatives)


def _worth_of_texts(alternatives: Factors) -> int:
    return min(
        min(len(text), _HARDLY) if text.decode("utf-8", "replace").strip(" :\"'=") in _EVERYWHERE else len(text)
        for text in alternatives
    )
