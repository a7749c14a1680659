"""URLs and JSON."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from container_manager.environment.typed import ConversionError, Typed

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_NOT_IN_URLS = re.compile(r"[\s\x00-\x20\x7f\"<>\\^`{|}]")
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)

#: How deep JSON may be: the reader is recursive.
_DEEPEST = 100


def convert_url(text: str) -> Typed:
    """Return a URL; in its canonical text the scheme and the host are lower case."""
    match = _URL.fullmatch(text)
    if match is None:
        raise ConversionError("It is no absolute URL.", _URL_FIX)
    if bad := _NOT_IN_URLS.search(text):
        shown = f"%{ord(bad[0]):02X}" if ord(bad[0]) < 128 else "its percent-encoded bytes"
        raise ConversionError("It holds a character that no URL may hold as it is.", f"Write {shown} for it.")
    scheme, authority, rest = match.groups()
    if not authority and not rest.startswith("/"):
        raise ConversionError("It has neither a host nor a path.", _URL_FIX)
    login, at, address = authority.rpartition("@")
    try:
        parts = urlsplit(text)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        port_is_good = False
    if not port_is_good or (authority and not parts.hostname):
        raise ConversionError("Its host or its port cannot be read.", _URL_FIX)
    canonical = f"{scheme.lower()}://{login}{at}{address.lower()}{rest}"
    return Typed(value=canonical, text=canonical)


def convert_json(text: str) -> Typed:
    """Return what JSON says; its canonical text is without blanks."""
    if _json_depth(text) > _DEEPEST:
        raise ConversionError(f"It is nested more than {_DEEPEST} deep.", "Give it to the job as a file.")
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        canonical = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        canonical.encode()
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno} of the value"
        raise ConversionError(f"It is no JSON: {error.msg} at {where}.", _JSON_FIX) from error
    except ConversionError:
        raise
    except ValueError as error:
        raise ConversionError("It is JSON with a number or a character that cannot be kept.", _JSON_FIX) from error
    return Typed(value=value, text=canonical)


def _json_depth(text: str) -> int:
    depth = deepest = 0
    for character in _JSON_TEXT.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ConversionError("It has an object with the same key twice.", "Leave one of them.")
    return found


def _no_constant(name: str) -> object:
    raise ConversionError(f"{name} is no JSON.", "Write null, or a number.")


_URL_FIX = "For example https://example.com:8443/path or sqlite:///data/app.db."
_JSON_FIX = """For example '{"retries": 3}', in single quotes; names and texts in double quotes."""
