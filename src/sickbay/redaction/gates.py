"""Which lines are worth a look, and for which rule: one cheap pass over a text, before anything slow.

The gates are given to Vectorscan as they are, or tried by ``re`` where it is missing or not worth its start; both name
the same lines. A gate lets more lines through than there are secrets, and never fewer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from sickbay.redaction.tokens import SHAPES

hyperscan: Any
try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None

#: Bytes from which Vectorscan pays for being made ready.
LARGE_TEXT = 512 * 1024


class Gate(NamedTuple):
    """A name for the rules, and an expression that never reaches beyond a line."""

    name: str
    expression: bytes


_STEM = (
    rb"(?:pass|pwd|passwd|secret|token|credential|cookie|session|sess?id|sid|auth|jwt|bearer|key|sig|signature|dsn|"
    rb"webhook|hook_?url|license|cert|otp|salt|psk|sas|pat|pin|mnemonic|hmac|csrf|connection_?string|hash|_pw|kennwort|contrase|motdepasse)"
)
_NAME = rb"[A-Za-z0-9_.\-]"
_QUOTE = rb"[\\\"'`\])]{0,4}"

GATES: tuple[Gate, ...] = (
    Gate("assigned", _STEM + _NAME + rb"{0,40}(?:\[[^\]\n]{0,60}\])?" + _QUOTE + rb"[ \t]{0,8}[=:?]"),
    Gate(
        "assigned",
        rb"-[A-Za-z]"
        + _NAME
        + rb"{0,60}(?:pass|pwd|secret|token|key|auth|cred|cookie|sess|pat|psk)"
        + _NAME
        + rb"{0,40}[\\\"'`]{0,4}[ ,\t\x00]",
    ),
    Gate(
        "assigned",
        rb"--?(?:pass|pwd|secret|token|key|auth|cred|cookie|sess|pat|psk)" + _NAME + rb"{0,40}[\\\"'`]{0,4}[ ,\t\x00]",
    ),
    Gate("phrased", rb"<[A-Za-z0-9_.:\-]{0,60}" + _STEM + _NAME + rb"{0,40}[ >]"),
    Gate("phrased", rb"(?:passw|passphrase|secret|crypt)[a-z]{0,6}[ \t(\\\"'`]"),
    Gate("phrased", rb"identified[ \t]"),
    Gate("phrased", rb"(?:auth|pass)[ \t]{1,8}[^ \t\n]{6,200}[ \t\r]*$"),
    # Every option that some program takes a password by: looking for the programs' names too takes four times as long.
    Gate("given", rb"[\s'\",]-[pauw]"),
    Gate("given", rb"--(?:proxy-)?(?:user|creds|userpwd|auth|credentials)[=, \t\\\"']"),
    Gate("phrased", rb":(?:\*|[0-9]{3,5}):[A-Za-z0-9_*.\-]{1,64}:[A-Za-z0-9_*.@\-]{1,64}:"),
    Gate("phrased", rb"\$(?:apr1|2[abxy]|5|6|1|y|argon2id?|scrypt)\$[A-Za-z0-9./$=,+\-]{20}"),
    Gate("phrased", rb"pbkdf2_sha"),
    Gate("credentials", rb"(?:bearer|basic|token)[ +][A-Za-z0-9._~+/\-]{6}"),
    Gate("in_urls", rb"://[^\n]*@"),
    Gate("encoded", rb"%(?:25)?(?:2[f26bF]|3[adAD]|40|7[bB])"),
    Gate("private_keys", rb"-----BEGIN"),
    Gate("kubernetes_secrets", rb"kind[\\\"']{0,4}:[ \t]{0,4}[\\\"']{0,4}Secret"),
    Gate("block_scalars", rb"[A-Za-z0-9_\"'\-]:[ \t]{1,4}[|>][+\-0-9]{0,2}[ \t]{0,4}$"),
    Gate(
        "named_values",
        rb"(?:name|key|variable|var)[\\\"']{0,4}[ \t]{0,4}[:=][ \t]{0,4}[\\\"']{0,4}" + _NAME + rb"{0,60}" + _STEM,
    ),
)
#: What begins with many letters' choice is looked for by its rare part.
_RARE_PARTS = {
    rb"[A-Za-z0-9_.~-]{3}[78]Q~[A-Za-z0-9_.~-]{31,34}": rb"[78]Q~",
    rb"[A-Za-z0-9+/]{76}(?:\+ASt|AzSe|AIoT)[A-Za-z0-9+/]{4,6}==": rb"(?:\+ASt|AzSe|AIoT)[A-Za-z0-9+/]{4,6}==",
    rb"[0-9a-f]{32}-us[0-9]{1,2}": rb"[0-9a-f]-us[0-9]",
    rb"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}": rb"\.atlasv1\.",
    rb"[MNO][A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}": rb"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}",
    rb"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,34}": rb"[0-9]:AA[A-Za-z0-9_-]{32}",
    rb"(?:^|[^A-Za-z0-9_\n-])(key-[0-9a-f]{32})": rb"key-[0-9a-f]{32}",
}
#: A line is let through by the shortest text of a shape.
_AT_LEAST = re.compile(rb"\{(\d+),\d*\}\Z")


def _shape_gate(expression: bytes) -> bytes:
    return _RARE_PARTS.get(expression) or _AT_LEAST.sub(rb"{\1}", expression)


_SHAPE_GATES = tuple((f"shape:{number}", _shape_gate(shape.expression)) for number, shape in enumerate(SHAPES))

Lines = Mapping[tuple[int, int], set[str]]
"""Where each line begins and ends, and the gates that let it through."""


def lines_worth_a_look(text: bytes, *, large_text: int = LARGE_TEXT) -> Lines:
    """Return the lines that some gate lets through, in their order."""
    fast = hyperscan is not None and len(text) >= large_text
    found = _with_vectorscan(text) if fast else _with_re(text)
    return dict(sorted(found.items()))


def _note(text: bytes, found: dict[tuple[int, int], set[str]], name: str, place: int) -> int:
    """Note the line that holds ``place``; return its end."""
    start = text.rfind(b"\n", 0, place) + 1
    end = text.find(b"\n", place)
    end = len(text) if end < 0 else end
    found.setdefault((start, end), set()).add(name)
    return end


def _with_re(text: bytes) -> dict[tuple[int, int], set[str]]:
    found: dict[tuple[int, int], set[str]] = {}
    for name, pattern in _patterns():
        match = pattern.search(text)
        while match is not None:
            end = _note(text, found, name, match.end() - 1)
            match = pattern.search(text, max(end, match.end()))
    return found


def _with_vectorscan(text: bytes) -> dict[tuple[int, int], set[str]]:
    found: dict[tuple[int, int], set[str]] = {}
    names = [name for name, _ in _expressions()]
    done = [-1] * len(names)

    def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        if end > done[number]:
            done[number] = _note(text, found, names[number], end - 1)

    _database().scan(text, match_event_handler=note)
    return found


def _expressions() -> list[tuple[str, bytes]]:
    return [*((gate.name, gate.expression) for gate in GATES), *_SHAPE_GATES]


@cache
def _patterns() -> list[tuple[str, re.Pattern[bytes]]]:
    folded = re.IGNORECASE | re.MULTILINE
    return [
        *((gate.name, re.compile(gate.expression, folded)) for gate in GATES),
        *((name, re.compile(expression, re.MULTILINE)) for name, expression in _SHAPE_GATES),
    ]


@cache
def _database() -> Any:  # noqa: ANN401  (the binding has no types)
    folded = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_CASELESS
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression for _, expression in _expressions()],
        ids=list(range(len(_expressions()))),
        flags=[folded] * len(GATES) + [hyperscan.HS_FLAG_MULTILINE] * len(SHAPES),
    )
    return database
