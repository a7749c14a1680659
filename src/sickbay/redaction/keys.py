"""Which names promise a secret: ``DB_PASSWORD`` does, ``password_file`` does not, ``session`` may."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Promise(Enum):
    """What a name says about its value."""

    SECRET = "secret"  # noqa: S105  (a promise, not a password)
    """Whatever stands there is one."""
    PERHAPS = "perhaps"
    """It is one if it looks random."""


class Key(NamedTuple):
    """A name that sounds secret, and what its value is called in a label."""

    promise: Promise
    kind: str


_WORDS = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_PASSWORD = re.compile(r"passw|passphrase|passcode|kennwort|contrase|motdepasse")
_SHORT = frozenset({"pass", "pwd", "pw"})
_SHORTENED = re.compile(
    r"(?:db|user|smtp|mail|email|root|admin|mysql|sql|pg|key|store|ftp|ldap|proxy|http|ssh|login|redis|rabbit|mq|app|auth|vnc|"
    r"wifi|sudo|rpc|repo|test)(?:pass|pwd)$"
)
_TOKEN = re.compile(r"(?:token|jwt|pat|bearer)\d*$|^(?:token|jwt|bearer)|xoauth")
_KEY = re.compile(
    r"(?:api|app|access|private|secret|signing|encryption|encrypt|master|account|shared|auth|service|license|deploy|storage|"
    r"crypt|cipher|hmac|fernet|root|admin|write|ingest|integration|subscription|session|recovery|unseal|preshared|server|"
    r"client|webhook|security)keys?(?:base64|b64)?\d*$|^(?:psk|sas)$|secretkeybase"
)
_SECRET = re.compile(r"secret|credential|authorization|(?:^|[^x])authdata$|accountsas|connectionstring$|encryptionsalt")
_COOKIE = re.compile(r"^(?:set)?cookie\d?$|sessionid$|sessid$|sessionkey$|sessioncookie$|^csrf|csrftoken$")
_PERHAPS = re.compile(
    r"(?:key|auth|signature|sig|session|sid|cookie|credentials?|salt|nonce|otp|pin|dsn|webhook|webhookurl|hookurl|hash|"
    r"hmac|license|cert|seed|mnemonic|secrets?|tokens?|code|psk|sas|password|login)\d*$"
)
#: Last words that say the value is about a secret, and not one.
_ABOUT = frozenset(
    [
        "file",
        "files",
        "filename",
        "path",
        "paths",
        "dir",
        "directory",
        "folder",
        "name",
        "names",
        "id",
        "ids",
        "url",
        "uri",
        "endpoint",
        "host",
        "type",
        "types",
        "count",
        "counts",
        "length",
        "len",
        "size",
        "ttl",
        "expiry",
        "expires",
        "expiration",
        "expired",
        "expire",
        "age",
        "policy",
        "enabled",
        "disabled",
        "required",
        "limit",
        "max",
        "min",
        "field",
        "fields",
        "validator",
        "validators",
        "ref",
        "reference",
        "version",
        "algorithm",
        "alg",
        "prefix",
        "header",
        "headers",
        "provider",
        "class",
        "backend",
        "hint",
        "env",
        "var",
        "variable",
        "stdin",
        "timeout",
        "at",
        "error",
        "status",
        "reset",
        "changed",
        "manager",
        "rotation",
        "index",
        "usage",
        "used",
        "format",
        "mode",
        "method",
        "authentication",
        "prompt",
        "label",
        "title",
        "description",
        "digest",
        "fingerprint",
        "rounds",
        "iterations",
        "strength",
        "attempts",
        "attempt",
        "retries",
        "source",
        "location",
        "store",
        "storage",
        "scope",
        "scopes",
        "issuer",
        "audience",
        "generator",
        "checks",
        "check",
        "hasher",
        "hashers",
        "service",
        "plugin",
        "plugins",
        "uid",
        "gid",
        "only",
        "bytes",
        "budget",
        "remaining",
        "total",
        "rate",
        "per",
        "second",
        "seconds",
        "is",
        "not",
        "for",
        "with",
        "was",
        "has",
        "from",
        "please",
        "must",
        "exists",
        "found",
        "missing",
        "number",
        "num",
        "object",
        "event",
        "message",
        "failed",
        "failure",
        "accepted",
        "request",
        "requests",
    ]
)
#: What a key opens that is no secret.
_HARMLESS = re.compile(
    r"(?:cache|public|primary|foreign|sort|partition|object|idempotency|routing|map|dict|unique|shard|hash|group|registry|"
    r"translation|i18n|pub|index|lookup|row|column|natural|composite|host|known|event|message|state|lock|job|task|redis|"
    r"field|config|meta|label|dedup|json|metric|sub)keys?$|^keys?$|gpgkeys?$|keyids?$|^(?:zip|error|status|exit|return|country|reason|http|language|"
    r"response|currency|source|byte|machine|op)code$|^code$|^login$|(?:git|commit|image|file|content|block|tree|tx|source|layer|"
    r"rev|build)hash$|^hash$|^nonce$|^seed$|randomseed$|^pin$|(?:max|total|prompt|completion|input|output|num|number|"
    r"used|context|unexpected|special|cached|reasoning)tokens?$|^tokens$"
)
_NOT_BEFORE = re.compile(
    r"^(?:no|without|forgot|change|reset|show|hide|invalid|bad|wrong|missing|public)(?:pass|secret|token|key)"
)


@lru_cache(maxsize=4096)
def key_of(name: bytes) -> Key | None:
    """Return what a name promises, ``None`` where it promises nothing."""
    words = [word.lower().decode() for word in _WORDS.findall(name)]
    if not words or (words[-1] in _ABOUT and words[-2:] != ["session", "id"]):
        return None
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    joined = "".join(words)
    if joined in {"pwd", "oldpwd"}:  # a folder, or a password
        return Key(Promise.SECRET, "secret")
    if words[-1] in _SHORT or _SHORTENED.search(joined):
        return Key(Promise.SECRET, "password")
    if _HARMLESS.search(joined) or _NOT_BEFORE.search(joined):
        return None
    for pattern, kind in ((_PASSWORD, "password"), (_COOKIE, "cookie"), (_SECRET, "secret"), (_KEY, "key")):
        if pattern.search(joined):
            return Key(Promise.SECRET, kind)
    if _TOKEN.search(joined):
        return Key(Promise.SECRET, "token")
    return Key(Promise.PERHAPS, "secret") if _PERHAPS.search(joined) else None
