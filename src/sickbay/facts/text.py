"""Turning raw bytes into a text that signatures can be looked for in, line numbers kept."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections import deque
from typing import BinaryIO

from sickbay.facts.model import TextSource

# CSI and OSC sequences and two-byte escapes: ECMA-48, sections 5.3 and 5.4.
_TERMINAL_CONTROL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_OTHER_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_JSON_FILE_START = b'{"log":"'

#: Most bytes kept of one text: what is longer keeps its beginning and its end.
MOST_BYTES = 256 * 1024 * 1024
_BLOCK = 1024 * 1024

#: Bytes of a line without an end that are held before it is cut.
_LONGEST_BEGUN = 4 * 1024 * 1024

# What Windows programs put in front of a text.
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text_source(name: str, stream: BinaryIO, *, most_bytes: int = MOST_BYTES) -> TextSource:
    """Read a text of any length in bounded memory.

    Of one that is longer than ``most_bytes`` the first quarter and the end are kept. A line between them says how many
    bytes were left out; the lines behind it are numbered as if there had been no more.
    """
    text = _Text()
    head = most_bytes // 4
    while head > 0 and (block := stream.read(min(_BLOCK, head))):
        text.add(block)
        head -= len(block)
    tail, left_out = _end(stream, most_bytes - most_bytes // 4)
    if left_out:
        text.end_line()
        text.add(f"[… {left_out} bytes left out …]\n".encode())
    while tail:
        text.add(tail.popleft())
    return TextSource(name=name, data=text.finish())


def text_source(name: str, raw: bytes) -> TextSource:
    """Return ``raw`` as a text: terminal control removed, line ends unified, engine log lines unwrapped."""
    text = _Text()
    text.add(raw)
    return TextSource(name=name, data=text.finish())


def _end(stream: BinaryIO, most_bytes: int) -> tuple[deque[bytes], int]:
    """Return the last blocks of a stream, about ``most_bytes``, and how many bytes came before them."""
    blocks: deque[bytes] = deque()
    kept, left_out = 0, 0
    while block := stream.read(_BLOCK):
        blocks.append(block)
        kept += len(block)
        while kept - len(blocks[0]) >= most_bytes:
            oldest = blocks.popleft()
            kept -= len(oldest)
            left_out += len(oldest)
    return blocks, left_out


class _Text:
    """A text that grows by blocks, cleaned line by line, so that little more than the clean text is held."""

    def __init__(self) -> None:
        self._clean = io.BytesIO()
        self._begun = bytearray()
        self._is_utf16: bool | None = None

    def add(self, block: bytes) -> None:
        """Take the next bytes."""
        if self._is_utf16 is None:
            self._is_utf16 = block.startswith(_UTF16_MARKS)
            block = block.removeprefix(codecs.BOM_UTF8)
        self._begun += block
        if self._is_utf16:  # its line ends are not bytes
            return
        # A line that never ends is cut somewhere: nobody looks at it that far.
        place = self._begun.rfind(b"\n") + 1 or (len(self._begun) if len(self._begun) > _LONGEST_BEGUN else 0)
        self._clean.write(_cleaned(bytes(self._begun[:place])))
        del self._begun[:place]

    def end_line(self) -> None:
        """End the line that has begun."""
        if self._begun:
            self.add(b"\n")

    def finish(self) -> bytes:
        """Return the whole text."""
        rest = self._begun.decode("utf-16", "replace").encode() if self._is_utf16 else bytes(self._begun)
        self._clean.write(_cleaned(rest))
        return self._clean.getvalue()


def _cleaned(data: bytes) -> bytes:
    if b"\x1b" in data:
        data = _TERMINAL_CONTROL.sub(b"", data)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if _JSON_FILE_START in data:
        data = b"\n".join(_unwrapped(line) for line in data.split(b"\n"))
    if _OTHER_CONTROL.search(data):
        data = _OTHER_CONTROL.sub(b"\xef\xbf\xbd", data)
    return data if data.isascii() else data.decode("utf-8", "replace").encode()


def _unwrapped(line: bytes) -> bytes:
    """Return what the program wrote, where ``line`` is one of an engine's json-file log."""
    if not line.startswith(_JSON_FILE_START):
        return line
    try:
        record = json.loads(line)
    except ValueError:
        return line
    text = record.get("log")
    return text.rstrip("\n").replace("\n", " ").encode() if isinstance(text, str) else line
