"""The ways a secret's value is written in texts: as it is, and as programs encode and quote it."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

#: Shortest piece of a base64 text that is looked for; a shorter one would be found everywhere.
_SHORTEST_PIECE = 4

#: Shortest line of a secret of several lines, such as a key in PEM, that is hidden by itself.
_SHORTEST_LINE = 12

_HTML_SAFE_JSON = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def written_forms(value: str) -> frozenset[bytes]:
    """Return every form in which ``value`` is hidden."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {raw, *_base64(raw), *(form.encode("utf-8", "surrogatepass") for form in _quoted(value))}
    for line in value.splitlines():
        if len(line) >= _SHORTEST_LINE and not line.startswith("-----"):
            forms.add(line.encode("utf-8", "surrogatepass"))
    forms.discard(b"")
    return frozenset(forms)


def _quoted(value: str) -> Iterator[str]:
    yield from _url_encoded(value)
    for ascii_only in (True, False):
        escaped = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (escaped, escaped.replace("/", "\\/"), escaped.translate(_HTML_SAFE_JSON))
        yield json.dumps(escaped, ensure_ascii=ascii_only)[1:-1]  # JSON within JSON, as in structured logs
    yield repr(value)[1:-1]
    yield repr(value.encode("utf-8", "surrogatepass"))[2:-1]
    yield shlex.quote(value)


def _url_encoded(value: str) -> Iterator[str]:
    for safe in ("", "/", "/:@", "!*'()", "!*'();:@&=+$,/?#"):
        encoded = quote(value, safe=safe, errors="surrogatepass")
        yield from (encoded, _lower_hex(encoded))
    encoded = quote_plus(value, errors="surrogatepass")
    yield from (encoded, _lower_hex(encoded))


def _lower_hex(encoded: str) -> str:
    first, *rest = encoded.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _base64(raw: bytes) -> Iterator[bytes]:
    """Yield the value's base64 alone, and the part of it that is the same wherever it stands in a longer text."""
    alone = base64.b64encode(raw)
    pieces = [alone, alone.rstrip(b"=")] if len(raw) > 1 else [alone]
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        piece = encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
        if len(piece) >= _SHORTEST_PIECE:
            pieces.append(piece)
    for piece in pieces:
        yield piece
        yield piece.translate(bytes.maketrans(b"+/", b"-_"))
