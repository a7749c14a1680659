"""Whether what stands where a secret could stand is one."""

from __future__ import annotations

import math
import re
from collections import Counter

from sickbay.redaction.keys import Key, Promise
from sickbay.redaction.labels import LABEL

_PLACEHOLDER = re.compile(
    rb"""(?ix) \*+ | x{3,} | \.{2,} | -+ | \?+ | _+ | <[^<>]*> | \[[a-z ]+\] | \([a-z ]+\) |
    \$\{[^{}]*\} | \$\([^()]*\) | \$\w+ | \{\{.*\}\}? | \{\w*\} |
    %\(\w+\)s | %[sdrv] | \#\{[^{}]*\} | true | false | null | none | nil | undefined | unknown | yes | no | on | off |
    required | optional | invalid | incorrect | expired | missing | empty | unset | set | redacted | hidden | masked |
    filtered | removed | omitted | denied | failed | rejected | wrong | not | is | are | must | was | has | the | a |
    an | for | and | or | to | of | in | ok | error | accepted | authentication | auth |
    string | str | int | bool | bytes | text | varchar.* |
    string; | char\*? | optional\[.*\] | type | default | n/a | basic | bearer | digest | negotiate | [:=|>\\+-]+ |
    (?:os\.environ|os\.getenv|getenv|settings|env|process\.env|config|secrets|vars|self|data|var|valueFrom|secretKeyRef)\b
    [\w.\[\]"'(),]* |
    [a-z_][\w.]*\([\w\s,.'"=\[\]]*\)? | \((?:\?|\[|\\|\.).* |
    <class\ .* | 0x[0-9a-f]{8,16}\b.* | \[\] | \{\} | \[ | \{ | \( """
)
#: Words that stand in sentences about secrets and hardly in one.
_SENTENCE = re.compile(
    rb"(?i)\b(?:is|are|was|were|be|must|should|not|cannot|can't|has|have|had|the|an?|for|expired|invalid|failed|required|"
    rb"missing|incorrect|your|you|please|with|from|does|did|will|than|least|no|to|of|in|by|at|on|and|updated|successfully|changed|enter|again|retype|verification|when|"
    rb"because|already|only)\b"
)
_NUMBER = re.compile(rb"[+-]?\d+(?:\.\d+)?(?:ms|s|m|h|d|%|[KMG]i?B?)?")
_CONTINUED = re.compile(rb"[a-z_]+(?:[ .-][a-z_]+)*")
_PATH = re.compile(rb"(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]*)+|[A-Za-z]:\\.+|https?://[^\s@]+|file://\S+")
#: The name that a troubleshooting session is given: a day, and something to tell it from others.
_SESSION_NAME = re.compile(rb"20\d\d[01]\d[0-3]\d-[0-9a-f]{8}")
_HEXADECIMAL = re.compile(rb"[0-9a-f]+|[0-9A-F]+")

#: Shortest value, and least bits a character, of what looks random.
_SHORTEST_RANDOM = 12
_LEAST_BITS = 2.9


def is_placeholder(value: bytes) -> bool:
    """Return whether a value stands for one that is not here, or is a label of ours."""
    if not value or _PLACEHOLDER.fullmatch(value):
        return True
    return any(LABEL.fullmatch(each) for each in (value, value + b"]"))  # a bracket at the end may count as outside


def is_sentence(value: bytes) -> bool:
    """Return whether this is said about a secret, in words."""
    return b" " in value and _SENTENCE.search(value) is not None


def is_message(value: bytes) -> bool:
    """Return whether a quoted text is a message about a secret; one such word may be in a passphrase."""
    return b" " in value and len(_SENTENCE.findall(value)) > 1


def is_secret(key: Key, value: bytes) -> bool:
    """Return whether the value under a key that sounds secret is to be hidden."""
    if is_placeholder(value):
        return False
    if key.promise is Promise.PERHAPS:
        return looks_random(value)
    if key.kind == "password":
        return True
    # "token: expected", "secret: 3", "cookie_key = path/to": a name, a number, or a place is no token.
    return len(value) >= 4 and not (_NUMBER.fullmatch(value) and len(value) < 12) and not _PATH.fullmatch(value)


def is_word(value: bytes) -> bool:
    """Return whether this is one lower-case word, or some joined, as an identifier or a message has them."""
    return _CONTINUED.fullmatch(value) is not None


def looks_random(value: bytes) -> bool:
    """Return whether no person would have thought of this: long, mixed, and without order."""
    if len(value) < _SHORTEST_RANDOM or b" " in value:
        return False
    if any(each.fullmatch(value) for each in (_PATH, _NUMBER, _SESSION_NAME)):
        return False
    classes = sum(re.search(each, value) is not None for each in (rb"[a-z]", rb"[A-Z]", rb"[0-9]"))
    if _HEXADECIMAL.fullmatch(value):
        return len(value) >= 16 and classes == 2
    return classes >= 2 and _bits(value) >= _LEAST_BITS and re.search(rb"[0-9]", value) is not None


def _bits(value: bytes) -> float:
    """Return Shannon's bits a character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
