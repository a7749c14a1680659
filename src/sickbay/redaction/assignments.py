"""A name and its value, in any of the ways that programs write the two.

``NAME=value`` in a dump, a dotenv file, a URL's query, or a form; ``"name": "value"`` in JSON, also within a string of
JSON; YAML, TOML, INI, headers, arguments, maps as languages print them. One reading covers them: what stands before a
separator is a name, and how the value begins says where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sickbay.redaction import extent
from sickbay.redaction.file_places import is_place
from sickbay.redaction.found import Found
from sickbay.redaction.headers import from_base64, in_header, is_header
from sickbay.redaction.keys import Key, Promise, key_of
from sickbay.redaction.labels import LABEL
from sickbay.redaction.values import is_message, is_secret, is_sentence, is_word, looks_random

_ASSIGNMENT = re.compile(
    rb"""(?P<before>\\*["'`])? (?<![\w.\-]) (?P<key>[\w.\-]{1,120}+)
    (?: \[[\w\-]{0,60}\] )? (?P<after>""|\\*["'`]|"\)|'\)|\]|")? [\ \t]{0,40}
    (?P<separator>=>|:=|\?=|=(?![=>~])|:(?!:|//|=))
    [\ \t]{0,40} (?P<wrap>[\[(]?[bfruBFRU]{0,2}(?=\\*["'`]))?""",
    re.VERBOSE,
)
#: ``--password value``, also as items of a list.
_ARGUMENT = re.compile(
    rb"""(?<![\w\-])--?(?P<key>[A-Za-z][\w.\-]{1,80})
    (?: \\*["'`] [,\s]\s* | [\ \t]+ | \x00 ) (?P<wrap>(?=\\*["'`]))?""",
    re.VERBOSE,
)
#: What may stand before the first name of a line.
_LINE_START = re.compile(
    rb"(?i)[\s>|+\-*$#]*(?:(?:export|set|setenv|declare -x|declare|env|arg|local|readonly|let|const|var|self\.)\s+)*\s*"
)


#: So much of what follows is read to tell a value from a message.
_LOOK_AHEAD = 120
_CONNECTION_ITEM = re.compile(rb"=[^;=]*;[ ]?[\w ]{1,40}=\Z")
_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")
_BLANK = re.compile(rb"[\s\x00]")
#: Characters of a user's name and a password in base64, at least.
_SHORTEST_LOGIN = 8
_BEHIND_TEXT = frozenset({b"", b" ", b",", b")", b"]", b"}", b";", b":"})
_CLOSERS = frozenset({b",", b";", b"}", b")", b"]", b"},", b'"', b"'", b'",', b"',"})


def assigned(line: bytes) -> Iterator[Found]:
    """Yield the secrets that a name of their own stands before."""
    beginning = _LINE_START.match(line)
    first = beginning.end() if beginning else 0
    for found in _ASSIGNMENT.finditer(line):
        if (key := key_of(found["key"])) is None or _in_label(line, found.start("key")):
            continue
        if not _is_place(line, found, key):
            yield from _value(line, found, key, leads=found.start("key") == first and not found["after"])
    for found in _ARGUMENT.finditer(line) if b"-" in line else ():
        if (key := key_of(found["key"])) is not None:
            yield from _argument(line, found, key)


def _in_label(line: bytes, start: int) -> bool:
    """Return whether a label begins before ``start``, as in ``[token:github]``."""
    return line[start - 1 : start] == b"[" and LABEL.match(line, start - 1) is not None


def _is_place(line: bytes, found: re.Match[bytes], key: Key) -> bool:
    """Return whether the name is a file's, and a line in it follows right behind the colon."""
    if found["separator"] != b":" or found["after"] or found.end() != found.end("separator"):
        return False
    return is_place(line, found["key"], found.end(), is_password=key.kind == "password")


def value_at(line: bytes, start: int) -> tuple[int, int, bytes]:
    """Return from and to where a value stands that begins at ``start``, perhaps quoted, and the value as meant."""
    quote = extent.opening(line, start)
    start += len(quote)
    end = extent.quoted_end(line, start, quote) if quote else _until_blank(line, start)
    return start, end, extent.unescaped(line[start:end], quote)


def _argument(line: bytes, found: re.Match[bytes], key: Key) -> Iterator[Found]:
    start, end, value = value_at(line, found.end())
    told = start == found.end() and is_sentence(line[start : start + _LOOK_AHEAD])
    if value[:1] != b"-" and is_secret(key, value) and not told:
        yield Found(start, end, key.kind, value)


def _until_blank(line: bytes, start: int) -> int:
    found = _BLANK.search(line, start)
    return found.start() if found else len(line)


def _value(line: bytes, found: re.Match[bytes], key: Key, *, leads: bool) -> Iterator[Found]:
    start, quote = found.end(), extent.opening(line, found.end())
    behind = start + len(quote)
    if quote and quote == found["before"] and not found["after"] and line[behind : behind + 1] in _BEHIND_TEXT:
        return  # 'token=' is a text that ends there
    header, plain = is_header(found["key"]), False
    if quote:
        start += len(quote)
        end = extent.quoted_end(line, start, quote)
    elif found["before"] and not found["after"]:  # "NAME=value": the quote before the name closes behind the value
        quote = found["before"]
        end = extent.quoted_end(line, start, quote)
        end = end if header else extent.line_end(line, start, end)
    elif header and found["separator"] == b":":
        end = len(line.rstrip())
    else:
        plain, end = True, _plain_end(line, start, key, leads=leads)
    if header:
        yield from in_header(line, found["key"], start, end)
        return
    value = line[start:end] if plain else extent.unescaped(line[start:end], quote)
    if _PEM.match(value):  # which has a rule of its own, over several lines
        return
    told = _is_told(line, found, value, leads=leads) if plain else is_message(value)
    login = list(from_base64(start, end, value)) if len(value) >= _SHORTEST_LOGIN else []
    if (login or is_secret(key, value)) and not told and value.lower() != found["key"].lower():
        yield Found(start, end, key.kind, value)
        if plain and b" " in value:  # perhaps a command follows, and the first word alone stands elsewhere again
            yield Found(start, start + value.index(b" "), key.kind, value.partition(b" ")[0])
        yield from login


def _plain_end(line: bytes, start: int, key: Key, *, leads: bool) -> int:
    """Return where a value without quotes ends; behind the first name of its line it may hold blanks."""
    if _in_connection_string(line, start):
        return extent.item_end(line, start)
    middle = extent.middle_end(line, start)
    if not leads or key.promise is not Promise.SECRET:
        return middle
    end = extent.line_end(line, start)
    value = line[start:end]
    if line[middle:end] in _CLOSERS or (b" " in value and (key.kind != "password" or is_sentence(value))):
        return middle
    return end


def _in_connection_string(line: bytes, start: int) -> bool:
    """Return whether the value is one of ``Server=db;Password=x y;Encrypt=True``, which may hold blanks."""
    before = line[max(0, start - _LOOK_AHEAD) : start]
    return _CONNECTION_ITEM.search(before) is not None


def _is_told(line: bytes, found: re.Match[bytes], value: bytes, *, leads: bool) -> bool:
    """Return whether unquoted words behind a name are what a message says about a secret."""
    if is_sentence(value):
        return True
    if found["separator"] != b":" or found.end() == found.end("separator"):
        return False
    if is_sentence(line[found.end() : found.end() + _LOOK_AHEAD]):
        return not looks_random(value)
    return is_word(value) and not leads
