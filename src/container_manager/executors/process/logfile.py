"""Reading the log that a shim writes, in bounded pieces and from any cursor."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from container_manager.executors.base import LogCursor, LogFrame, Stream, StreamPosition
from container_manager.executors.process.shim import framing
from container_manager.executors.process.translate import moment

#: Most bytes read at once: a few of the largest frames, and not too many of the smallest.
READ_BYTES = 256 * 1024

_STREAMS = {framing.STDOUT: Stream.STDOUT, framing.STDERR: Stream.STDERR}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some frames, each with the offset behind it, and where to read on. ``at_end``: there is no more at present."""

    frames: tuple[tuple[LogFrame, int], ...]
    cursor: LogCursor
    offset: int
    at_end: bool


def read_piece(descriptor: int, offset: int, cursor: LogCursor) -> Piece:
    """Read the next frames from ``offset`` that lie behind ``cursor``. A frame that is still being written waits."""
    data = os.pread(descriptor, READ_BYTES, offset)
    frames: list[tuple[LogFrame, int]] = []
    at = 0
    while len(data) - at >= framing.HEADER.size:
        number, nanoseconds, length = framing.HEADER.unpack_from(data, at)
        end = at + framing.HEADER.size + length
        if end > len(data):
            break
        stream = _STREAMS[number]
        if not _is_read(cursor, stream, nanoseconds):
            cursor = _advanced(cursor, stream, nanoseconds)
            content = data[at + framing.HEADER.size : end]
            frame = LogFrame(stream=stream, written_at=moment(nanoseconds), data=content, cursor=cursor)
            frames.append((frame, offset + end))
        at = end
    return Piece(frames=tuple(frames), cursor=cursor, offset=offset + at, at_end=len(data) < READ_BYTES)


def _is_read(cursor: LogCursor, stream: Stream, nanoseconds: int) -> bool:
    position = cursor.stdout if stream is Stream.STDOUT else cursor.stderr
    return position is not None and nanoseconds <= position.nanoseconds


def _advanced(cursor: LogCursor, stream: Stream, nanoseconds: int) -> LogCursor:
    position = StreamPosition(nanoseconds=nanoseconds, frames=1)  # a stamp names its frame in this log
    return replace(cursor, stdout=position) if stream is Stream.STDOUT else replace(cursor, stderr=position)
