"""A value that was found once is hidden wherever else it stands, in every form that programs write it in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sickbay.redaction import gates
from sickbay.redaction.forms import written_forms
from sickbay.redaction.found import Found
from sickbay.redaction.gates import LARGE_TEXT
from sickbay.redaction.values import is_placeholder

#: Shortest value that is looked for elsewhere, and shortest that may stand within a longer word.
_SHORTEST = 6
_SHORTEST_WITHIN = 8
#: Shortest encoded form; a shorter one would be found everywhere.
_SHORTEST_ENCODED = 8

_WORD = re.compile(rb"[a-z]+|[A-Z]+|[A-Z][a-z]+|\d+|[\w.]+\.(?:py|txt|json|ya?ml|toml|pem|key|com|org|net|io)")
_LETTER = re.compile(rb"[A-Za-z0-9]")


def worth_looking_for(value: bytes) -> bool:
    """Return whether a value is telling enough: ``postgres`` is hidden where it is a password, only there."""
    if len(value) < _SHORTEST or is_placeholder(value):
        return False
    word = _WORD.fullmatch(value)
    return word is None or len(value) >= 20


def forms_of(value: bytes) -> Iterator[bytes]:
    """Yield the forms of a value that are looked for."""
    text = value.strip().decode("utf-8", "replace")
    for form in written_forms(text):
        if form == value.strip() or len(form) >= _SHORTEST_ENCODED:
            yield form


def recurring(text: bytes, values: Mapping[bytes, str], *, large_text: int = LARGE_TEXT) -> Iterator[Found]:
    """Yield where values, given with their kinds, stand in a text."""
    if not values:
        return
    forms = [(form, value) for value in values for form in forms_of(value)]
    fast = gates.hyperscan is not None and len(text) >= large_text
    for number, start in _with_vectorscan(text, forms) if fast else _one_by_one(text, forms):
        form, value = forms[number]
        end = start + len(form)
        if len(form) >= _SHORTEST_WITHIN or _stands_alone(text, start, end):
            yield Found(start, end, values[value], value)


def _one_by_one(text: bytes, forms: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[int, int]]:
    """Yield the number of a form and where it begins, for each form without overlaps."""
    for number, (form, _) in enumerate(forms):
        place = text.find(form)
        while place >= 0:
            yield number, place
            place = text.find(form, place + len(form))


def _with_vectorscan(text: bytes, forms: Sequence[tuple[bytes, bytes]]) -> Sequence[tuple[int, int]]:
    """Return the same, in one pass over the text."""
    places: list[tuple[int, int]] = []
    ends = [0] * len(forms)

    def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        start = end - len(forms[number][0])
        if start >= ends[number]:
            ends[number] = end
            places.append((number, start))

    database = gates.hyperscan.Database(mode=gates.hyperscan.HS_MODE_BLOCK)
    expressions = [b"".join(b"\\x%02x" % byte for byte in form) for form, _ in forms]
    database.compile(expressions=expressions, ids=list(range(len(forms))), flags=[0] * len(forms))
    database.scan(text, match_event_handler=note)
    return places


def _stands_alone(text: bytes, start: int, end: int) -> bool:
    return not (_LETTER.match(text, end) or (start and _LETTER.match(text, start - 1)))


def values_of(found: Iterable[Found]) -> dict[bytes, str]:
    """Return the values worth looking for elsewhere with their kinds; the more exact kind of two wins."""
    kinds: dict[bytes, str] = {}
    for each in found:
        value = each.value.strip()
        if worth_looking_for(value) and (value not in kinds or (":" in each.kind and ":" not in kinds[value])):
            kinds[value] = each.kind
    return kinds
