"""Saying what is wrong with front matter: the line, the key, and the key that was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

import msgspec

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.model import Escalation, FactCondition, FrontMatter, Input, Limits, Signature, Tested

_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]*)`")
_PLACE = re.compile(r"at `\$\.(?P<key>[\w-]+)(?:\[(?P<index>\d+)\])?")

_ITEM = re.compile(r"\s*- ")

#: The records below a key of the front matter.
_BELOW: dict[str, type[msgspec.Struct]] = {
    "signatures": Signature,
    "facts": FactCondition,
    "inputs": Input,
    "escalate": Escalation,
    "limits": Limits,
    "tested": Tested,
}


def explained(path: str, text: str, error: msgspec.ValidationError) -> InvalidGuideError:
    """Return the error with its line in the file and, for an unknown key, what there is instead."""
    message = str(error)
    place, unknown = _PLACE.search(message), _UNKNOWN.search(message)
    above = place["key"] if place else ""
    line = _line_of(text, above, int(place["index"]) if place and place["index"] else -1)
    if missing := _MISSING.search(message):
        where = f" of an entry of {above!r}" if above else ""
        return InvalidGuideError(path, line, f"front matter: the key {missing['key']!r}{where} is missing. Add it.")
    if unknown is None:
        return InvalidGuideError(path, line, f"front matter: {message}")
    key = unknown["key"]
    known = _keys(_BELOW.get(above, FrontMatter))
    return InvalidGuideError(
        path, _line_of_key(text, key, line), f"front matter: the key {key!r} is not known{_hint(key, known)}"
    )


def _hint(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key, list(known), n=1)
    return f". Did you mean {near[0]!r}?" if near else f". There are: {', '.join(known)}."


def _keys(record: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(record)]


def _line_of(text: str, key: str, index: int) -> int:
    """Return the file's line of a key of the first level, or of its item with this index; 1 for no key."""
    if not key:
        return 1
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith(f"{key}:")), -1)
    dashes = [(number, len(line) - len(line.lstrip())) for number, line in enumerate(lines) if _ITEM.match(line)]
    below = [(number, indent) for number, indent in dashes if number > start]
    items = [number for number, indent in below if indent == below[0][1]]  # lists within items are indented further
    if 0 <= index < len(items):
        start = items[index]
    return start + 2  # the file's first line is the mark before the front matter


def _line_of_key(text: str, key: str, after: int) -> int:
    """Return the line on which an unknown key stands, the first from ``after`` on."""
    pattern = re.compile(rf"[\s{{-]*{re.escape(key)}\s*:|.*[{{,]\s*{re.escape(key)}\s*:")
    for number, line in enumerate(text.splitlines(), start=2):
        if number >= after and pattern.match(line):
            return number
    return after
