"""Reading texts: short ones whole, long ones piece by piece as they are looked through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from sickbay.facts.cleaning import Cleaner
from sickbay.facts.long_text import LongText
from sickbay.facts.model import Text, TextSource

#: Most bytes of a text that is held whole.
MOST_BYTES = 4 * 1024 * 1024

_BLOCK = 512 * 1024


def read_text_source(name: str, stream: BinaryIO, *, most_bytes: int = MOST_BYTES) -> Text:
    """Read a text of any length in bounded memory.

    One of at most ``most_bytes`` is read whole. A longer one is a :class:`~sickbay.facts.long_text.LongText`: the
    stream is read on while it is looked through, and closed at its end.
    """
    begun: list[bytes] = []
    missing = most_bytes + 1
    while missing > 0 and (block := stream.read(min(_BLOCK, missing))):
        begun.append(block)
        missing -= len(block)
    if missing > 0:
        return text_source(name, b"".join(begun))
    return LongText(name, _blocks(begun, stream))


def text_source(name: str, raw: bytes) -> TextSource:
    """Return ``raw`` as a text: terminal control removed, line ends unified, engine log lines unwrapped."""
    cleaner = Cleaner()
    return TextSource(name=name, data=cleaner.feed(raw) + cleaner.finish())


def _blocks(begun: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
    while begun:
        yield begun.pop(0)
    with stream:
        while block := stream.read(_BLOCK):
            yield block
