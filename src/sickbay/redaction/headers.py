"""What headers of requests and answers carry."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from sickbay.redaction.found import Found
from sickbay.redaction.labels import LABEL
from sickbay.redaction.values import is_placeholder

_HEADER = re.compile(rb"(?i)(?:http_)?(?:proxy[-_])?authorization|(?:http_|set[-_])?cookie2?|http_set_cookie")
_SCHEME = re.compile(
    rb"(?i)(?:bearer|basic|token|bot|apikey|api-key|digest|negotiate|ntlm|key|splunk|aws4-hmac-sha256|oauth|sso-key|geniekey|bytes)(?:\s+|%20|\+)"
)
#: What a registry's client says behind the word: at least three words, of which none is random.
_WORDS = re.compile(rb"(?:[a-z]{1,16}(?:_[a-z]{1,16}){0,3}[:,.]?(?: |$)){3,}")
_PAIR = re.compile(rb"(?P<name>[\w.\-\[\]$!#%&'*+^`|~]+)=(?P<value>\"?[^;\s,\"'\\]+)")
_PARAMETER = re.compile(rb"""(?i)(?:response|signature|nonce|cnonce|opaque|oauth_\w+)=\\*"?(?P<value>[^"\\,;\s]+)""")
#: A scheme and its credential anywhere, as in messages of clients.
_BEARER = re.compile(rb"(?i)\b(?:bearer|token)[ +](?P<value>[A-Za-z0-9\-._~+/]{20,}=*)")
_BASIC = re.compile(rb"(?i)\bbasic[ +](?P<value>[A-Za-z0-9+/_\-]{6,}=*)")
_ATTRIBUTES = frozenset({b"path", b"domain", b"expires", b"max-age", b"samesite", b"priority"})


def is_header(name: bytes) -> bool:
    """Return whether it is a header whose value has a form of its own."""
    return _HEADER.fullmatch(name.lstrip(b"-")) is not None


def in_header(line: bytes, name: bytes, start: int, end: int) -> Iterator[Found]:
    """Yield the secrets in a header's value."""
    if b"cookie" in name.lower():
        yield from _cookies(line, start, end)
        return
    scheme = _SCHEME.match(line, start, end)
    begin = scheme.end() if scheme else start
    if scheme and scheme.group()[:6].lower() in {b"digest", b"aws4-h", b"oauth "}:
        for found in _PARAMETER.finditer(line, begin, end):
            yield Found(found.start("value"), found.end("value"), "secret", found["value"])
        return
    value = line[begin:end].strip()
    if scheme is None and _WORDS.fullmatch(value):
        return
    if value and not is_placeholder(value) and not LABEL.match(line, begin):  # what was hidden before stays as it is
        yield Found(begin, begin + len(line[begin:end].rstrip()), "token", value)
        if scheme and scheme.group()[:5].lower() == b"basic":
            yield from from_base64(begin, begin + len(value), value)


def credentials(line: bytes) -> Iterator[Found]:
    """Yield credentials behind the name of a scheme, wherever they stand."""
    for found in _BEARER.finditer(line):
        if any(byte in b"0123456789" for byte in found["value"]):
            yield Found(found.start("value"), found.end("value"), "token", found["value"])
    for found in _BASIC.finditer(line):
        yield from from_base64(found.start("value"), found.end("value"), found["value"])


def from_base64(start: int, end: int, encoded: bytes) -> Iterator[Found]:
    """Yield ``user:password`` in base64, for the password too, which may stand elsewhere as it is."""
    try:
        pair = base64.b64decode(
            encoded.rstrip(b"=") + b"=" * (-len(encoded.rstrip(b"=")) % 4),
            altchars=b"-_" if set(encoded) & set(b"-_") else None,
        )
    except (ValueError, binascii.Error):
        return
    user, colon, password = pair.partition(b":")
    if colon and password and pair.isascii() and user.decode("ascii", "replace").isprintable():
        yield Found(start, end, "password", password)


def _cookies(line: bytes, start: int, end: int) -> Iterator[Found]:
    for found in _PAIR.finditer(line, start, end):
        value = found["value"].strip(b'"')
        if found["name"].lower() not in _ATTRIBUTES and not is_placeholder(value):
            begin = found.start("value") + (1 if found["value"][:1] == b'"' else 0)
            yield Found(begin, begin + len(value), "cookie", value)
