"""A value that was found once is hidden wherever else it stands, in every form that programs write it in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sickbay.redaction.forms import written_forms
from sickbay.redaction.found import Found
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


def recurring(text: bytes, values: Mapping[bytes, str]) -> Iterator[Found]:
    """Yield where values, given with their kinds, stand in a text."""
    for value in values:
        for form in forms_of(value):
            yield from _everywhere(text, form, values[value], value)


def _everywhere(text: bytes, form: bytes, kind: str, value: bytes) -> Iterator[Found]:
    place = text.find(form)
    while place >= 0:
        end = place + len(form)
        if len(form) >= _SHORTEST_WITHIN or _stands_alone(text, place, end):
            yield Found(place, end, kind, value)
        place = text.find(form, end)


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
