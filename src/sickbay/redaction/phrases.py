"""Secrets that a phrase of some language or file gives away: arguments of programs, SQL, ``.netrc``, XML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sickbay.redaction import extent
from sickbay.redaction.declared import URL_WITH_PASSWORD
from sickbay.redaction.found import Found
from sickbay.redaction.keys import key_of
from sickbay.redaction.labels import LABEL
from sickbay.redaction.values import is_placeholder, is_secret, is_word

#: Between a program and the argument meant: other words, also as items of a list.
_WORDS = rb"[^\n;|&]{0,400}?[\s'\"]"
_GAP = rb"(?:\s+|\\*['\"],\s*\\*['\"])"
_GLUED = re.compile(rb"(?i)\b(?:mysql\w*|mariadb[\w-]*|mycli|7z\w?|unrar|zip)\b" + _WORDS + rb"-p(?=[^\s'\",])")
_APART = re.compile(
    rb"(?i)\b(?:sshpass|docker\s+login|podman\s+login|buildah\s+login|skopeo\s+login|nerdctl\s+login|helm|mongo\w*|az\s+login|kinit|"
    rb"oc\s+login|ansible\S*|cf\s+login|influx|clickhouse\S*|docker['\",\s]+login)\b" + _WORDS + rb"-p" + _GAP
)
_SQLCMD = re.compile(rb"\b(?:sqlcmd|bcp|isql)\b" + _WORDS + rb"-P" + rb"(?:\s*|\\*['\"],\s*\\*['\"])")
_REDIS = re.compile(rb"\b(?:redis-cli|valkey-cli)\b" + _WORDS + rb"(?:-a|--pass)" + _GAP)
_LDAP = re.compile(rb"\bldap\w+\b" + _WORDS + rb"-w" + _GAP)
_USER = re.compile(
    rb"(?:\b(?:curl|https?|wget|xh|lftp|smbclient|rclone|az)\b"
    + _WORDS
    + rb"(?:-u|-U|-a)|(?<![\w-])--(?:proxy-)?(?:user|creds|userpwd|auth|credentials))(?:=|"
    + _GAP
    + rb"|\s?(?=\\*['\"]))(?P<quote>\\*['\"])?"
    rb"[^\s:'\"]{1,200}:"
)
_SQL = re.compile(
    rb"(?i)(?:\b(?:password|passwd|passphrase|pgp_sym_(?:en|de)crypt)|\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)(?:\s+password)?)\s*"
    rb"(?:\s(?:is|was|of|to)\s+|\(\s*|\s)(?:E|N|U&)?(?=\\*['\"`])"
)
_AUTH = re.compile(rb"(?:(?<![\w.-])(?:AUTH(?: LOGIN| PLAIN)?|USER \S+ PASS|PASS)\s+(?=\S{6,}\s*$))")
_NETRC = re.compile(
    rb"(?:\b(?:machine|login|default|account)\b.*?\s|^\s*)(?:password|passwd)[ \t]+"
    rb"(?=\S+(?:\s+(?:account|macdef|machine|login)\b|\s*$))"
)
_PGPASS = re.compile(
    rb"^\s*(?:[\w.*-]+|\[[0-9a-f:]+\]):(?:\*|\d{3,5}):(?:[\w*.-]+):(?:[\w*.@-]+):(?P<value>(?:[^:\s\\]|\\.){3,})\s*$"
)
_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?(?P<key>[\w.-]{1,80})(?:\s[^<>]*)?>(?P<value>[^<>\n]+)(?:</|$)")
_HASH = re.compile(
    rb"(?<![\w$])(?P<value>\$(?:apr1|2[abxy]|5|6|1|y|argon2id?|scrypt)\$[A-Za-z0-9./$=,+-]{20,}|pbkdf2_sha\d+\$\d+\$[^$\s]+\$[A-Za-z0-9+/=]{20,})"
)


def given(line: bytes) -> Iterator[Found]:
    """Yield secrets that a program is given as an argument."""
    for pattern in (_GLUED, _APART, _SQLCMD, _REDIS, _LDAP, _USER):
        for found in pattern.finditer(line):
            yield from _behind(line, found, pattern)


def phrased(line: bytes) -> Iterator[Found]:
    """Yield secrets that stand behind a phrase."""
    for pattern in (_SQL, _NETRC, _AUTH):
        for found in pattern.finditer(line):
            yield from _behind(line, found, pattern)
    if (entry := _PGPASS.match(line)) and not is_placeholder(entry["value"]):
        yield Found(entry.start("value"), entry.end("value"), "password", entry["value"])
    yield from _elements(line)
    for found in _HASH.finditer(line):
        yield Found(found.start("value"), found.end("value"), "password", found["value"])


def in_urls(line: bytes) -> Iterator[Found]:
    """Yield passwords in URLs."""
    for found in URL_WITH_PASSWORD.finditer(line):
        password = found["password"]
        hidden_before = LABEL.search(password) is not None
        if not hidden_before and (not is_placeholder(password) or password[:1].isalpha()):
            yield Found(found.start("password"), found.end("password"), "password", password)


def _behind(line: bytes, found: re.Match[bytes], pattern: re.Pattern[bytes]) -> Iterator[Found]:
    start = found.end()
    quote = found.groupdict().get("quote") or b""  # 'user:password'
    if not quote:
        quote = extent.opening(line, start)
        start += len(quote)
    end = extent.quoted_end(line, start, quote) if quote else _until_quote(line, start)
    value = extent.unescaped(line[start:end], quote)
    if not is_placeholder(value) and value[:1] != b"-" and not (pattern is _AUTH and is_word(value)):
        yield Found(start, end, "password", value)


_STOP = re.compile(rb"""\s|\\*["'](?=[\s,\])}]|$)""")


def _until_quote(line: bytes, start: int) -> int:
    found = _STOP.search(line, start)
    return found.start() if found else len(line)


def _elements(line: bytes) -> Iterator[Found]:
    if b"<" not in line:
        return
    for found in _ELEMENT.finditer(line):
        key = key_of(found["key"])
        if key is not None and is_secret(key, found["value"].strip()):
            yield Found(found.start("value"), found.end("value"), key.kind, found["value"].strip())
