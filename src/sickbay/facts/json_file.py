r"""Docker's json-file logs: lines like ``{"log":"text\n","stream":"stderr","time":"…"}``, one for each line written.

What the program wrote takes the place of its record, so a line's number is that of the record in the file. A long line
comes in several records. Their text is joined where the first one stands, and the others leave empty lines; the two
streams are kept apart, whose records may come in turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

#: What a record begins with: the engine writes them all alike.
RECORD_START = b'{"log":"'

#: Bytes of one line that are joined, and lines that are held back until it ends. Beyond that it is cut.
_LONGEST = 256 * 1024
_MOST_HELD = 1000

#: A record without a line end that is shorter was the last thing its program wrote, if time passed before the next one.
_FULL_RECORD = 16 * 1024 - 8
_PAUSE = timedelta(milliseconds=100)


class _Record(msgspec.Struct, frozen=True):
    log: str
    stream: str = ""
    time: str = ""


_DECODER = msgspec.json.Decoder(_Record)


@dataclass(kw_only=True)
class _Begun:
    """A line whose end has not come, and its place among the lines that are held back."""

    place: int
    text: str
    last: _Record

    def is_continued_by(self, record: _Record) -> bool:
        """Say whether a record of the same stream goes on with this line."""
        return len(self.last.log.encode("utf-8", "replace")) >= _FULL_RECORD or not _pause_between(self.last, record)


class JsonFileLines:
    """Decodes lines as they come. Lines that are no records pass as they are."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._begun: dict[str, _Begun] = {}

    def feed(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Take lines without their ends, and yield decoded ones: as many, some of them later."""
        for line in lines:
            record = _record(line)
            if record is None:
                self._held.append(line)
            else:
                self._take(record)
            if not self._begun:
                yield from self._let_go()
            elif len(self._held) > _MOST_HELD or any(len(each.text) > _LONGEST for each in self._begun.values()):
                yield from self.finish()

    def finish(self) -> Iterator[bytes]:
        """Yield what is held back: no more of it comes."""
        for stream in list(self._begun):
            self._end(stream)
        yield from self._let_go()

    def _take(self, record: _Record) -> None:
        begun = self._begun.get(record.stream)
        if begun is not None and not begun.is_continued_by(record):
            self._end(record.stream)
            begun = None
        if begun is None:
            begun = self._begun[record.stream] = _Begun(place=len(self._held), text="", last=record)
        begun.text += record.log
        begun.last = record
        self._held.append(b"")
        if record.log.endswith("\n"):
            self._end(record.stream)

    def _end(self, stream: str) -> None:
        begun = self._begun.pop(stream)
        self._held[begun.place] = _as_line(begun.text)

    def _let_go(self) -> Iterator[bytes]:
        held, self._held = self._held, []
        yield from held


def _record(line: bytes) -> _Record | None:
    if not line.startswith(RECORD_START):
        return None
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _lenient_record(line)


def _lenient_record(line: bytes) -> _Record | None:
    """Read a record that is not quite JSON in UTF-8, or has other things in its other fields."""
    try:
        record = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    log, stream, time = (record.get(name) for name in ("log", "stream", "time"))
    if not isinstance(log, str):
        return None
    return _Record(
        log=log, stream=stream if isinstance(stream, str) else "", time=time if isinstance(time, str) else ""
    )


def _as_line(text: str) -> bytes:
    """Return what a program wrote as one line: where it went back to the line's beginning, a blank."""
    line = text.rstrip("\r\n")
    if "\n" in line or "\r" in line:
        line = line.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    return line.encode("utf-8", "replace")


def _pause_between(first: _Record, second: _Record) -> bool:
    try:
        return datetime.fromisoformat(second.time) - datetime.fromisoformat(first.time) >= _PAUSE
    except (ValueError, TypeError):
        return False
