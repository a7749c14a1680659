"""Reading an attempt's log from a cursor on: which frames are new, and which bytes the program wrote. Pure.

What the engine does, and what follows from it:

* ``timestamps=1`` puts a time stamp and a space before every frame.
* Time stamps grow within a stream, not across streams, and ``since`` includes its moment. So frames are skipped per
  stream: those before its position, and as many at its very time stamp as were read already.
* A line of more than 16 KiB comes in frames of exactly that size, all with one time stamp. The ``local`` driver of
  older engines drops the newline behind the last of them. What follows in the same stream proves that there was one,
  so it is put back in front of that; newer engines send it, and nothing is put back. Only at the very end of a stream
  it cannot be known, and nothing is added.
* When its files rotate the engine drops the oldest. As ``since`` includes its moment, the last frame read comes again;
  where it does not, it was dropped, and what followed it may have been dropped too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from container_manager.executors.base import LogCursor, LogFrame, Stream, StreamPosition
from container_manager.executors.docker.errors import EngineProtocolError
from container_manager.executors.docker.framing import RawFrame

#: Where the engine cuts a long line.
CUT_BYTES = 16 * 1024

_NANO = 1_000_000_000

#: A time stamp as the engine writes it: ``2023-11-14T22:13:20.`` and nine digits, ``Z``, a space, and then the data.
_SECOND_LENGTH = 20
_FRACTION_END = 29
_DATA = 31

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
    is_after_gap: bool = False
    """The frame read last did not come again, as ``since`` promises: the engine's rotation has dropped it."""


class LogReader:
    """Turns the engine's frames into ours, from a cursor on."""

    def __init__(self, cursor: LogCursor, *, contiguous: bool = False) -> None:
        """``contiguous``: it is proved otherwise that nothing is missing behind the cursor."""
        self._cursor = cursor
        self._contiguous = contiguous
        self.old = 0
        """Frames that were read before."""
        self._positions = {
            Stream.STDOUT: _position(cursor.stdout),
            Stream.STDERR: _position(cursor.stderr),
        }
        self._second = b""
        self._epoch = 0

    def since(self, streams: Iterable[Stream]) -> str:
        """Return the engine's ``since`` from which none of these streams misses a frame: seconds, nine decimals."""
        nanoseconds = min(self._positions[stream].skip_before for stream in streams)
        return f"{nanoseconds // _NANO}.{nanoseconds % _NANO:09d}" if nanoseconds else "0"

    def is_before_place(self, stream: Stream, payload: bytes) -> bool:
        """Whether this frame is older than the last one that was read of its stream."""
        return self._split(payload)[0] < self._positions[stream].skip_before

    def read(self, raw_frames: Iterable[RawFrame]) -> Iterator[LogFrame]:
        """Yield what is new in these frames.

        What one stream wrote within a moment is given as one frame: a program that prints fast writes a hundred
        thousand lines a second, and nobody needs each of them apart.
        """
        run = _Run(stream=Stream.STDOUT, began=0)
        for stream, payload in raw_frames:
            nanoseconds, data = self._split(payload)
            position = self._positions[stream]
            if position.line_is_cut or position.newline_is_owed or len(data) == CUT_BYTES:
                data = _mend(position, nanoseconds, data)
            if nanoseconds == position.nanoseconds:
                position.frames += 1
            else:
                position.is_after_gap = (
                    position.nanoseconds < 0 < position.skip_before < nanoseconds and not self._contiguous
                )
                position.nanoseconds, position.frames = nanoseconds, 1
            if nanoseconds <= position.skip_before and _is_old(position):
                self.old += 1
                continue
            if stream is not run.stream or nanoseconds - run.began >= _MOMENT_NANOSECONDS:
                if run.pieces:
                    yield self._joined(run)
                run = _Run(stream=stream, began=nanoseconds, after_gap=position.is_after_gap)
            run.pieces.append(data)
            run.nanoseconds = nanoseconds
            run.frames = position.frames
        if run.pieces:
            yield self._joined(run)

    def _split(self, payload: bytes) -> tuple[int, bytes]:
        """Return a frame's time and what stands behind it."""
        # The engine's time stamps all have one length, and thousands in a row the same second.
        if payload[:_SECOND_LENGTH] == self._second and payload[_FRACTION_END:_DATA] == b"Z ":
            fraction = payload[_SECOND_LENGTH:_FRACTION_END]
            if fraction.isdigit():
                return self._epoch * _NANO + int(fraction), payload[_DATA:]
        stamp, space, data = payload.partition(b" ")
        if not space:
            raise EngineProtocolError(f"a log frame without a time stamp: {payload[:40]!r}")
        return self._nanoseconds(stamp), data

    def _joined(self, run: _Run) -> LogFrame:
        position = StreamPosition(nanoseconds=run.nanoseconds, frames=run.frames)
        self._cursor = replace(self._cursor, **{run.stream.value: position})
        written_at = datetime.fromtimestamp(run.began // 1000 / 1_000_000, tz=UTC)
        data = b"".join(run.pieces)
        return LogFrame(
            stream=run.stream, written_at=written_at, data=data, cursor=self._cursor, after_gap=run.after_gap
        )

    def _nanoseconds(self, stamp: bytes) -> int:
        second, point, fraction = stamp.partition(b".")
        if not (fraction.endswith(b"Z") and fraction[:-1].isdigit()):
            raise EngineProtocolError(f"not a time stamp of the engine: {stamp!r}")
        if second + point != self._second:
            self._second = second + point
            self._epoch = int(datetime.fromisoformat(second.decode() + "+00:00").timestamp())
        return self._epoch * _NANO + int(fraction[:-1].ljust(9, b"0"))


@dataclass(kw_only=True, slots=True)
class _Run:
    """What one stream wrote within a moment, and how far it reaches."""

    stream: Stream
    began: int
    after_gap: bool = False
    nanoseconds: int = 0
    frames: int = 0
    pieces: list[bytes] = field(default_factory=list)


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
