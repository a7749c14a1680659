"""Turning raw bytes into a text that signatures can be looked for in, line numbers kept."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import BinaryIO

from sickbay.facts.model import TextSource

# CSI and OSC sequences and two-byte escapes: ECMA-48, sections 5.3 and 5.4.
_TERMINAL_CONTROL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_OTHER_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_JSON_FILE_START = b'{"log":"'

#: Most bytes kept of one text: what is longer keeps its beginning and its end.
MOST_BYTES = 256 * 1024 * 1024
_BLOCK = 1024 * 1024


def read_text_source(name: str, stream: BinaryIO, *, most_bytes: int = MOST_BYTES) -> TextSource:
    """Read a text of any length in bounded memory.

    Of one that is longer than ``most_bytes`` the first quarter and the end are kept. A line between them says how many
    bytes were left out; the lines behind it are numbered as if there had been no more.
    """
    head = stream.read(most_bytes // 4)
    blocks: deque[bytes] = deque()
    kept, left_out = 0, 0
    while block := stream.read(_BLOCK):
        blocks.append(block)
        kept += len(block)
        while kept - len(blocks[0]) >= most_bytes - most_bytes // 4:
            oldest = blocks.popleft()
            kept -= len(oldest)
            left_out += len(oldest)
    gap = f"\n[… {left_out} bytes left out …]\n".encode() if left_out else b""
    return text_source(name, b"".join([head, gap, *blocks]))


def text_source(name: str, raw: bytes) -> TextSource:
    """Return ``raw`` as a text: terminal control removed, line ends unified, engine log lines unwrapped."""
    data = _TERMINAL_CONTROL.sub(b"", raw) if b"\x1b" in raw else raw
    if b"\r" in data:
        data = (
            data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            if _has_bare_returns(data)
            else data.replace(b"\r\n", b"\n")
        )
    if _JSON_FILE_START in data:
        data = b"\n".join(_unwrapped(line) for line in data.split(b"\n"))
    if _OTHER_CONTROL.search(data):
        data = _OTHER_CONTROL.sub(b"\xef\xbf\xbd", data)
    return TextSource(name=name, data=data.decode("utf-8", "replace").encode())


def _has_bare_returns(data: bytes) -> bool:
    return data.count(b"\r") != data.count(b"\r\n")


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
