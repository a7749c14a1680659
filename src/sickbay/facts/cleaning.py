"""From raw bytes to a text as a person sees it, piece by piece, so that a text of any length is never held whole."""

from __future__ import annotations

import codecs
import re

from sickbay.facts.json_file import RECORD_START, JsonFileLines
from sickbay.signatures.controls import CONTROLS, holds_control

# CSI and OSC sequences and two-byte escapes: ECMA-48, sections 5.3 and 5.4.
_TERMINAL_CONTROL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_OTHER_CONTROL = re.compile(rb"[%s\x1b]" % re.escape(CONTROLS))
_MARK = "\ufffd".encode()

#: Bytes of a line without an end that are held before it is cut.
_LONGEST_BEGUN = 4 * 1024 * 1024

# What Windows programs put in front of a text.
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Cleaner:
    r"""One text that comes in blocks, cut anywhere.

    Terminal control is removed, line ends become ``\n``, an engine's json-file log is unwrapped, and bytes that are no
    character are replaced by a visible mark. Call ``finish`` once, after the last ``feed``.
    """

    def __init__(self) -> None:
        self._begun = b""
        self._at_start = True
        self._utf16: codecs.IncrementalDecoder | None = None
        self._records: JsonFileLines | None = None

    def feed(self, block: bytes) -> bytes:
        """Take the next bytes, and return the clean text that they complete: whole lines, but of very long ones."""
        if self._at_start:
            block = self._begun + block
            self._begun = b""
            if len(block) < len(codecs.BOM_UTF8):  # too short to know how it begins
                self._begun = block
                return b""
            block = self._started(block)
        if self._utf16 is not None:
            block = self._utf16.decode(block).encode()
        data = self._begun + block
        # A line that never ends is cut somewhere: nobody looks at it that far.
        end = data.rfind(b"\n") + 1 or (len(data) if len(data) > _LONGEST_BEGUN else 0)
        self._begun = data[end:]
        return self._cleaned(data[:end]) if end else b""

    def finish(self) -> bytes:
        """Return the rest of the text."""
        rest, self._begun = self._begun, b""
        if self._at_start:
            rest = self._started(rest)
            rest = rest if self._utf16 is None else self._utf16.decode(rest).encode()
        if self._utf16 is not None:
            rest += self._utf16.decode(b"", final=True).encode()
        return self._cleaned(rest, is_end=True)

    def _started(self, block: bytes) -> bytes:
        """Look at how the text begins, and return it without a mark of its encoding."""
        self._at_start = False
        if block.startswith(_UTF16_MARKS):
            self._utf16 = codecs.getincrementaldecoder("utf-16")("replace")
        return block.removeprefix(codecs.BOM_UTF8)

    def _cleaned(self, data: bytes, *, is_end: bool = False) -> bytes:
        if self._records is None and b"{" in data and RECORD_START in data:
            self._records = JsonFileLines()
        if self._records is not None:
            data = _unwrapped(self._records, data, is_end=is_end)
        if b"\x1b" in data:
            data = _TERMINAL_CONTROL.sub(b"", data)
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\x1b" in data or holds_control(data):
            data = _OTHER_CONTROL.sub(_MARK, data)
        return data if data.isascii() else data.decode("utf-8", "replace").encode()


def _unwrapped(records: JsonFileLines, data: bytes, *, is_end: bool) -> bytes:
    """Decode whole lines. Only at the end of a text, or of a line that was cut, the last one has no end."""
    *lines, rest = data.split(b"\n")
    if not is_end and rest:
        return b"".join(line + b"\n" for line in (*records.feed(lines), *records.finish())) + rest
    decoded = [*records.feed(lines)]
    if is_end:
        decoded += [*records.feed([rest] if rest else []), *records.finish()]
    return b"\n".join(decoded) + (b"\n" if decoded and not rest else b"")
