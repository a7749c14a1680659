"""Secrets that take several lines: keys in PEM, ``kind: Secret``, YAML blocks, pairs of ``name`` and ``value``."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from sickbay.redaction import extent
from sickbay.redaction.assignments import value_at
from sickbay.redaction.found import Found
from sickbay.redaction.keys import key_of
from sickbay.redaction.values import is_placeholder, is_secret

#: So far a block is followed.
_LONGEST_BLOCK = 64 * 1024

_PEM = re.compile(rb"-----BEGIN[ +]+(?:[A-Z0-9]+[ +]+){0,4}PRIVATE[ +]+KEY(?:[ +]+BLOCK)?-----")
_PEM_END = re.compile(rb"-----END[ +][A-Z0-9 +]{0,40}-----")
#: What stands behind the beginning in its own line; a quote ends the text that the key was put into.
_PEM_BEHIND = re.compile(rb"(?:[^\n\"'\\]|\\(?!\\{0,8}[\"']))*")
#: What a line of a key that is cut off holds, behind whatever a log writes before its lines.
_PEM_LINE = re.compile(rb"(?:[^\n]{0,80}[\s|:>])?[A-Za-z0-9+/=]{16,}[\"',\\nr]{0,4}[ \t\r]*")
_DOCUMENT_START = re.compile(rb"(?:\A|\n)(?:---|apiVersion:)[^\n]*")
_SECTION = re.compile(rb"(?:^|\n)(?P<indent>[ \t]*)(?:data|stringData|binaryData):[ \t]*(?=\n)")
_ENTRY = re.compile(rb"(?P<indent>[ \t]+)(?P<key>[\w.\-/\"']+):[ \t]*(?P<value>[^\n]*)")
_JSON_SECTION = re.compile(rb"(?P<slashes>\\*)\"(?:data|stringData)(?P=slashes)\"\s*:\s*\{(?P<body>[^{}]*)\}")
_JSON_ENTRY = re.compile(rb"\\*\"[\w.\-/]+\\*\"\s*:\s*(?=\\*\")")
_SCALAR = re.compile(rb"(?P<indent>[ \t]*(?:- )?)[\"']?(?P<key>[\w.\-]{1,120})[\"']?:[ \t]*[|>][+\-\d]*[ \t]*\n")
_NAMED = re.compile(
    rb"""(?i)\\*["']?\b(?:name|key|variable|var)\\*["']?[ \t]*[:=][ \t]*\\*["']?(?P<key>[\w.\-]{1,120})\\*["']?[ \t]*,?
    (?:\s|\\n|\\t){0,80}\\*["']?value\\*["']?[ \t]*[:=][ \t]*""",
    re.VERBOSE,
)


def private_keys(text: bytes, start: int, end: int) -> Iterator[Found]:
    """Yield the bodies of private keys that begin in the line from ``start`` to ``end``."""
    for found in _PEM.finditer(text, start, end):
        closing = _PEM_END.search(text, found.end(), found.end() + _LONGEST_BLOCK)
        body_end = closing.start() if closing else _cut_off(text, found.end())
        if body_end > found.end() and not is_placeholder(text[found.end() : body_end].strip()):
            value = text[found.end() : body_end].replace(b"\\n", b"\n").replace(b"\\r", b"")
            yield Found(found.end(), body_end, "private-key", value)


def _cut_off(text: bytes, place: int) -> int:
    """Return where a key ends whose last line is missing."""
    line = _line_end(text, place)
    behind = _PEM_BEHIND.match(text, place, line)
    if behind and behind.group().strip():
        place = behind.end()
    if behind and behind.end() < line:
        return place
    while line < len(text):
        found = _PEM_LINE.fullmatch(text, line + 1, _line_end(text, line + 1))
        if not found:
            break
        place = line = found.end()
    return place


def _line_end(text: bytes, start: int) -> int:
    end = text.find(b"\n", start)
    return len(text) if end < 0 else end


def kubernetes_secrets(text: bytes, start: int, end: int) -> Iterator[Found]:
    """Yield the values of a Kubernetes secret one of whose lines is that from ``start`` to ``end``."""
    first = max(0, start - _LONGEST_BLOCK)
    for found in _DOCUMENT_START.finditer(text, first, start):
        first = found.start()
    last = text.find(b"\n---", end, end + _LONGEST_BLOCK)
    last = min(len(text), end + _LONGEST_BLOCK) if last < 0 else last
    for section in _SECTION.finditer(text, first, last):
        yield from _entries(text, section, last)
    for section in _JSON_SECTION.finditer(text, first, last):
        for entry in _JSON_ENTRY.finditer(text, section.start("body"), section.end("body")):
            begin, stop, value = value_at(text, entry.end())
            yield from _encoded(begin, stop, value)


def _entries(text: bytes, section: re.Match[bytes], last: int) -> Iterator[Found]:
    place = section.end() + 1
    while place < last and (entry := _ENTRY.match(text, place, _line_end(text, place))):
        if len(entry["indent"]) <= len(section["indent"]):
            return
        value = entry["value"].strip()
        begin = entry.start("value")
        place = entry.end() + 1
        if value[:1] in b"|>":
            stop = _dedent(text, place, len(entry["indent"]))
            if text[place:stop].strip():
                yield Found(place, stop, "secret", text[place:stop])
            place = stop + 1
        elif value and not is_placeholder(value):
            begin, stop, plain = value_at(text, begin)
            yield from _encoded(begin, stop, plain)


def _encoded(start: int, end: int, value: bytes) -> Iterator[Found]:
    """Yield a value, and what it means in base64, which may stand elsewhere as it is."""
    yield Found(start, end, "secret", value)
    try:
        meant = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return
    if len(meant) >= 4 and meant.isascii() and meant.decode().isprintable():
        yield Found(start, end, "secret", meant)


def block_scalars(text: bytes, start: int, end: int) -> Iterator[Found]:
    """Yield the block of a YAML name that sounds secret, if the line has one."""
    found = _SCALAR.match(text, start, end + 1)
    if found is None or (key := key_of(found["key"])) is None:
        return
    stop = _dedent(text, found.end(), len(found["indent"].replace(b"-", b" ")))
    value = b"\n".join(line.strip() for line in text[found.end() : stop].split(b"\n"))
    if is_secret(key, value):
        yield Found(found.end(), stop, key.kind, value)


def _dedent(text: bytes, place: int, indent: int) -> int:
    """Return where the lines end that are indented deeper."""
    stop = place
    while place < len(text):
        end = _line_end(text, place)
        line = text[place:end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        stop, place = end, end + 1
    return stop


def named_values(text: bytes, start: int, end: int) -> Iterator[Found]:
    """Yield values of pairs such as ``name: DB_PASSWORD`` and ``value: x``, whose value may be on the next line."""
    for found in _NAMED.finditer(text, start, min(len(text), end + 200)):
        key = key_of(found["key"])
        if key is not None and found.start() < end:
            begin = found.end()
            quote = extent.opening(text, begin)
            if quote:
                begin, stop, value = value_at(text, begin)
            else:
                line = text[begin : _line_end(text, begin)]
                length = extent.line_end(line, 0)
                stop, value = begin + length, line[:length]
            if is_secret(key, value):
                yield Found(begin, stop, key.kind, value)
