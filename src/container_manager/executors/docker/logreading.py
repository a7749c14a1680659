"""Reading an attempt's log from a cursor on: which frames are new, and which bytes the program wrote. Pure.

What the engine does, and what follows from it:

* ``timestamps=1`` puts a time stamp and a space before every frame.
* Time stamps grow within a stream, not across streams, and ``since`` includes its moment. So frames are skipped per
  stream: those before its position, and as many at its very time stamp as were read already.
* A line of more than 16 KiB comes in frames of exactly that size, all with one time stamp. The ``local`` driver of
  older engines drops the newline behind the last of them. What follows in the same stream proves that there was one,
  so it is put back in front of that; newer engines send it, and nothing is put back. Only at the very end of a stream
  it cannot be known, and nothing is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from container_manager.executors.base import LogCursor, LogFrame, Stream, StreamPosition
from container_manager.executors.docker.errors import EngineProtocolError
from container_manager.executors.docker.framing import RawFrame

#: Where the engine cuts a long line.
CUT_BYTES = 16 * 1024

_NANO = 1_000_000_000

#: What is written within it is one frame.
_MOMENT_NANOSECONDS = 1_000_000


@dataclass(kw_only=True, slots=True)
class _Position:
    """How far one stream was read, and what is known of the line at its end."""

    skip_before: int = 0
    """Frames before this time stamp are old."""
    skip_count: int = 0
    """So many frames at exactly that time stamp are old."""
    nanoseconds: int = -1
    frames: int = 0
    line_is_cut: bool = False
    """The last frame was the beginning of a line that goes on."""
    newline_is_owed: bool = False
    """The last frame ended a cut line without its newline."""


class LogReader:
    """Turns the engine's frames into ours, from a cursor on."""

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor
        self._positions = {
            Stream.STDOUT: _position(cursor.stdout),
            Stream.STDERR: _position(cursor.stderr),
        }
        self._reached: dict[Stream, tuple[int, int]] = {}
        self._second = b""
        self._epoch = 0

    def since(self, streams: Iterable[Stream]) -> str:
        """Return the engine's ``since`` from which none of these streams misses a frame: seconds, nine decimals."""
        nanoseconds = min(self._positions[stream].skip_before for stream in streams)
        return f"{nanoseconds // _NANO}.{nanoseconds % _NANO:09d}" if nanoseconds else "0"

    def read(self, raw_frames: Iterable[RawFrame]) -> Iterator[LogFrame]:
        """Yield what is new in these frames.

        What one stream wrote within a moment is given as one frame: a program that prints fast writes a hundred
        thousand lines a second, and nobody needs each of them apart.
        """
        stream, began, pieces = Stream.STDOUT, 0, list[bytes]()
        for raw in raw_frames:
            nanoseconds, data = self._next(raw)
            if data is None:
                continue
            if pieces and (raw.stream is not stream or nanoseconds - began >= _MOMENT_NANOSECONDS):
                yield self._joined(stream, began, pieces)
                pieces = []
            if not pieces:
                stream, began = raw.stream, nanoseconds
            pieces.append(data)
            self._reached[raw.stream] = (nanoseconds, self._positions[raw.stream].frames)
        if pieces:
            yield self._joined(stream, began, pieces)

    def _next(self, raw: RawFrame) -> tuple[int, bytes | None]:
        """Return a frame's time and its bytes as the program wrote them, ``None`` where they were read already."""
        stamp, space, data = raw.payload.partition(b" ")
        if not space:
            raise EngineProtocolError(f"a log frame without a time stamp: {raw.payload[:40]!r}")
        nanoseconds = self._nanoseconds(stamp)
        position = self._positions[raw.stream]
        data = _mend(position, nanoseconds, data)
        position.frames = position.frames + 1 if nanoseconds == position.nanoseconds else 1
        position.nanoseconds = nanoseconds
        return nanoseconds, None if _is_old(position) else data

    def _joined(self, stream: Stream, began: int, pieces: list[bytes]) -> LogFrame:
        nanoseconds, frames = self._reached[stream]
        position = StreamPosition(nanoseconds=nanoseconds, frames=frames)
        if stream is Stream.STDOUT:
            self._cursor = LogCursor(stdout=position, stderr=self._cursor.stderr)
        else:
            self._cursor = LogCursor(stdout=self._cursor.stdout, stderr=position)
        written_at = datetime.fromtimestamp(began // 1000 / 1_000_000, tz=UTC)
        return LogFrame(stream=stream, written_at=written_at, data=b"".join(pieces), cursor=self._cursor)

    def _nanoseconds(self, stamp: bytes) -> int:
        second, _, fraction = stamp.partition(b".")
        if not (fraction.endswith(b"Z") and fraction[:-1].isdigit()):
            raise EngineProtocolError(f"not a time stamp of the engine: {stamp!r}")
        if second != self._second:
            self._second = second
            self._epoch = int(datetime.fromisoformat(second.decode() + "+00:00").timestamp())
        return self._epoch * _NANO + int(fraction[:-1].ljust(9, b"0"))


def _position(start: StreamPosition | None) -> _Position:
    if start is None:
        return _Position()
    return _Position(skip_before=start.nanoseconds, skip_count=start.frames)


def _is_old(position: _Position) -> bool:
    if position.nanoseconds == position.skip_before:
        return position.frames <= position.skip_count
    return position.nanoseconds < position.skip_before


def _mend(position: _Position, nanoseconds: int, data: bytes) -> bytes:
    """Put back the newlines that the ``local`` driver dropped, and note what is known of the line's end."""
    continues = position.line_is_cut and nanoseconds == position.nanoseconds
    owed = position.newline_is_owed
    position.line_is_cut = len(data) == CUT_BYTES and not data.endswith(b"\n")
    position.newline_is_owed = continues and not position.line_is_cut and bool(data) and not data.endswith(b"\n")
    if continues and not data:
        data = b"\n"
    return b"\n" + data if owed else data
