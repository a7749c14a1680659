"""The first stage: from what a file or a column holds to a text that every later stage can rely on.

The text has no byte order mark, no NUL, no half surrogate pair, and no carriage return but before a line's end. Each
that was found is told, and stands as U+FFFD (a carriage return as a line's end), so that what follows is still read.
"""

from __future__ import annotations

import codecs
import re

from container_manager.environment.diagnostics import Findings, Place
from container_manager.environment.source import Source, Span

#: Characters in one template, and in all that one includes together.
LONGEST_TEXT = 1024 * 1024

_BROKEN = re.compile("[\0\ud800-\udfff]|\r(?!\n|\\Z)")
_REPLACED = {"\r": "\n"}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_source(name: str, content: str | bytes, findings: Findings) -> Source:
    """Return a template's text. An empty one stands for what is too long."""
    text = content if isinstance(content, str) else _decoded(name, content, findings)
    text = text.removeprefix("\ufeff")
    if len(text) > LONGEST_TEXT:
        message = f"The template is {len(text)} characters long; at most {LONGEST_TEXT} are read."
        place = Place(source=Source(name=name, text=""), span=Span(start=0, end=0))
        findings.error("too-long", place, message, "Give large values to jobs as files.")
        return place.source
    if not _BROKEN.search(text):
        return Source(name=name, text=text)
    clean = Source(name=name, text=_BROKEN.sub(lambda match: _REPLACED.get(match[0], "\ufffd"), text))
    for match in _BROKEN.finditer(text):
        _tell(match[0], Place(source=clean, span=Span(start=match.start(), end=match.end())), findings)
    return clean


def _decoded(name: str, content: bytes, findings: Findings) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        text = content.decode(errors="replace")
        start = len(content[: error.start].decode())
        byte = content[error.start]
    source = Source(name=name, text=text.replace("\0", "\ufffd"))
    place = Place(source=source, span=Span(start=start, end=start + 1))
    if content.startswith(_UTF_16):
        findings.error("not-utf-8", place, "The file is UTF-16.", "Save it as UTF-8.")
    else:
        message = f"The byte 0x{byte:02X} is not UTF-8; other bytes behind it may not be either."
        findings.error("not-utf-8", place, message, "Save the file as UTF-8.")
    return text


def _tell(character: str, place: Place, findings: Findings) -> None:
    if character == "\0":
        findings.error("nul", place, "A NUL character, which no program can be given.", "Remove it.")
    elif character == "\r":
        fix = r"End lines with LF or CRLF; in double quotes, \r writes one."
        findings.error("carriage-return", place, "A carriage return that ends no line.", fix)
    else:
        findings.error("half-character", place, "Half a surrogate pair, which is no character.", "Remove it.")
