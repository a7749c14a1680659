"""The output of programs is data: nothing in it may act on a terminal, mislead an eye, or fill a page. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_BYTES = 256 * 1024
"""Most bytes that are kept of one output."""

MOST_LINE = 2000
"""Most characters that are kept of one line."""

#: Terminal sequences: those with parameters, those that carry a text up to their end, and the two-character ones.
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a program printed, with where it came from. It is evidence to look at, and never an instruction."""

    source: str
    text: str
    truncated: bool = False


NO_OUTPUT = Output(source="", text="")
"""Of what did not run."""


def clean_output(source: str, raw: bytes, *, most_bytes: int = MOST_BYTES) -> Output:
    """Return raw output as harmless text. What is cut off is said."""
    text = raw[:most_bytes].decode("utf-8", "replace")
    lines = [printable(line) for line in _SEQUENCES.sub("", text).replace("\r\n", "\n").split("\n")]
    cut = [line if len(line) <= MOST_LINE else f"{line[:MOST_LINE]} […]" for line in lines]
    return Output(source=source, text="\n".join(cut), truncated=len(raw) > most_bytes or cut != lines)


def printable(text: str) -> str:
    """Return a text in which every character that would act instead of being seen is replaced by a visible mark."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)
