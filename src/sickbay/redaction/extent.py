"""How far a value reaches: to its closing quote, to the end of its line, or to what separates it from the next."""

from __future__ import annotations

import re

_QUOTE = re.compile(rb"""(?P<slashes>\\*)(?P<quote>["'`])""")
#: A quote within a quoted field of CSV is doubled. Two of them behind which nothing begins are an empty value.
_DOUBLED = re.compile(rb"""""(?=[^\s",;:)\]}])""")
_DOUBLED_CLOSER = re.compile(rb'(?<!\\)""')
_PLAIN_CLOSERS = {quote: re.compile(rb"(?:[^%s\\]|\\.)*" % quote, re.DOTALL) for quote in (b'"', b"'", b"`")}

#: An unquoted value in the middle of a line: brackets and separators belong to it where more of it follows.
_MIDDLE = re.compile(
    rb"""(?:\$\{[^{}\s]*\} | [^\s"'`\\&,;|<>(){}\[\]] | \\[^"'`nrt\s] | \\$
    | [,;&|](?![\s"'}\])] | [\w.\-%\ ]{1,60}= | $ | \\?["'])(?![;,][\w.\-]{1,60}:)
    | [(){}\[\]<>](?=[^\s"'`,;&|(){}\[\]<>\\]) | [(){}\[\]<>](?=[(){}\[\]<>]+[^\s"'`,;&|(){}\[\]<>\\]))+""",
    re.VERBOSE,
)
_ITEM_END = re.compile(rb"""[;"'\n]""")
#: Where an unquoted value that reaches to the end of its line ends before: at another assignment, or a comment.
_NEXT = re.compile(
    rb"""\s+[\w.\-]{1,60}=(?!=) | ;\s*[\w][\w\ .\-]{0,60}=
    | &[\w.\-\[\]%]{1,60}= | \s+\#\s | \s+;\s | \s+&&\s | \s+\|\s | \s--?[a-z] """,
    re.VERBOSE,
)


def quoted_end(line: bytes, start: int, quote: bytes) -> int:
    """Return where a value ends that an opening ``quote``, with its backslashes, stands before; unclosed: the end."""
    if quote == b'""':
        closing = _DOUBLED_CLOSER.search(line, start)
        return closing.start() if closing else len(line)
    slashes, mark = quote[:-1], quote[-1:]
    if not slashes:
        closing = _PLAIN_CLOSERS[mark].match(line, start)
        return closing.end() if closing and closing.end() < len(line) else len(line)
    place = line.find(mark, start)
    while place >= 0:
        run = place
        while run > start and line[run - 1 : run] == b"\\":
            run -= 1
        if place - run <= len(slashes):
            return run
        place = line.find(mark, place + 1)
    return len(line)


def middle_end(line: bytes, start: int) -> int:
    """Return where an unquoted value in the middle of a line ends."""
    found = _MIDDLE.match(line, start)
    return found.end() if found else start


def item_end(line: bytes, start: int) -> int:
    """Return where an item of a list ends that semicolons part."""
    found = _ITEM_END.search(line, start)
    return found.start() if found else len(line)


def line_end(line: bytes, start: int, limit: int | None = None) -> int:
    """Return where a value ends that may hold blanks."""
    limit = len(line) if limit is None else limit
    found = _NEXT.search(line, start, limit)
    end = found.start() if found else limit
    while end > start and line[end - 1 : end].isspace():
        end -= 1
    return end


def opening(line: bytes, start: int) -> bytes:
    """Return the quote, with its backslashes, that begins at ``start``, or nothing."""
    found = _DOUBLED.match(line, start) or _QUOTE.match(line, start)
    return found.group() if found else b""


def unescaped(value: bytes, quote: bytes) -> bytes:
    r"""Return a quoted value as it was meant: ``\"`` within ``"`` is ``"``."""
    if b"\\" not in value:
        return value
    for _ in range(1 + quote.count(b"\\")):
        value = re.sub(rb"\\(u[0-9a-fA-F]{4}|.)", _unescape, value, flags=re.DOTALL)
    return value


def _unescape(found: re.Match[bytes]) -> bytes:
    mark = found.group(1)
    if mark[:1] == b"u" and len(mark) == 5:
        return chr(int(mark[1:], 16)).encode("utf-8", "surrogatepass")
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(mark, mark)
