"""How much of the corpus a redactor hides, and how many ordinary lines it touches."""

from __future__ import annotations

import base64
import html
import json
import random
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote_plus

from tests.redaction.carriers import Carrier
from tests.redaction.kinds import Kind

Hide = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One secret in one carrier."""

    kind: str
    carrier: str
    value: str
    text: str


def cases(kinds: Iterable[Kind], carriers: Mapping[str, Carrier], seed: int = 5) -> list[Case]:
    """Return every kind in every carrier that can hold it, each with a value of its own."""
    made = []
    for kind in kinds:
        for name, carrier in carriers.items():
            value = kind.make(random.Random(zlib.crc32(f"{seed}/{kind.name}/{name}".encode())))
            text = carrier(kind.variable, value)
            if text is not None:
                made.append(Case(kind=kind.name, carrier=name, value=value, text=text))
    return made


def survives(case: Case, shown: str) -> bool:
    """Return whether a telling part of the value is still there, in any encoding that carriers use.

    Hidden means that no half of a value comes out; of a value of several lines, no line.
    """
    lines = [line for line in case.value.splitlines() if line and not line.startswith("-----")]
    pieces = {piece for line in lines for piece in _pieces(line)}
    once = unquote_plus(shown)
    haystacks = (shown, once, unquote_plus(once), _unescaped(shown), *_decoded(shown), *_decoded(once))
    return any(form in haystack for piece in pieces for form in _forms(piece) for haystack in haystacks)


_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


def _unescaped(shown: str) -> str:
    """Return a text without what JSON, SQL, XML, and ``.pgpass`` escape with."""
    return html.unescape(shown).replace("\\", "")


def _decoded(shown: str) -> Iterable[str]:
    for found in _BASE64.finditer(shown):
        encoded = found.group().rstrip("=")
        yield (
            base64.urlsafe_b64decode(encoded.translate(_URL_SAFE) + "=" * (-len(encoded) % 4)).decode("latin-1")
            if (len(encoded) % 4 != 1)
            else ""
        )


_URL_SAFE = str.maketrans("+/", "-_")


def _pieces(line: str) -> Iterable[str]:
    if len(line) < 12:
        return (line,)
    if " " in line:  # a passphrase: each word but those that are everywhere
        return line.split()
    body = line.rpartition("/")[2] if line.startswith("https://") else line
    half = len(body) // 2
    return (body[:half], body[half:]) if not body.startswith("AGE-") else (body[half:],)


def _forms(piece: str) -> set[str]:
    encoded = {base64.b64encode(piece.encode()).decode().rstrip("=")} if len(piece) >= 6 else set()
    return {piece, quote(piece, safe=""), quote_plus(piece), json.dumps(piece)[1:-1], *encoded}


def share_hidden(chosen: Iterable[Case], hide: Hide) -> tuple[float, list[Case]]:
    """Return which share of the cases is hidden, and those that are not."""
    chosen = list(chosen)
    seen = [case for case in chosen if survives(case, hide(case.text))]
    return 1 - len(seen) / len(chosen), seen


def touched(lines: Iterable[str], hide: Hide) -> list[tuple[str, str]]:
    """Return the lines that are changed, with what became of them."""
    return [(line, shown) for line in lines if (shown := hide(line)) != line]
