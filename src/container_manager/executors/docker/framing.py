"""Cutting the engine's streams into messages. Pure: bytes in, messages out."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from container_manager.executors.base import Stream
from container_manager.executors.docker.errors import EngineProtocolError

_HEADER = struct.Struct(">BxxxI")
_STREAMS = {1: Stream.STDOUT, 2: Stream.STDERR}

#: The engine cuts messages at 16 KiB and adds a time stamp; a frame beyond this is no log frame.
MAX_FRAME_BYTES = 16 * 1024 * 1024


RawFrame = tuple[Stream, bytes]
"""One frame of a multiplexed stream, as the engine sent it. A plain tuple: there are millions of them."""


class Demultiplexer:
    """Collects pieces of a multiplexed stream and gives out whole frames. Bytes stay bytes."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[RawFrame]:
        """Return the frames that are complete with this piece."""
        data = self._rest + piece if self._rest else piece
        frames: list[RawFrame] = []
        # Local names: with short lines this loop is most of what reading a log costs.
        unpack, stream_of, header, length = _HEADER.unpack_from, _STREAMS.get, _HEADER.size, len(data)
        start, begin = 0, header
        while begin <= length:
            number, size = unpack(data, start)
            stream, end = stream_of(number), begin + size
            if stream is None or size > MAX_FRAME_BYTES:
                raise EngineProtocolError(
                    f"not a log frame: stream {number}, {size} bytes; has the container a terminal?"
                )
            if end > length:
                break
            frames.append((stream, data[begin:end]))
            start, begin = end, end + header
        self._rest = data[start:]
        return frames


class LineSplitter:
    """Collects pieces of newline-delimited JSON and gives out whole lines, none longer than the cap."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the lines that are complete with this piece, without empty ones."""
        self._buffer += piece
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        for line in (*lines, rest):
            if len(line) > self._max_bytes:
                raise EngineProtocolError(f"a message of more than {self._max_bytes} bytes from the engine")
        yield from (bytes(line) for line in lines if line.strip())

    def rest(self) -> Iterator[bytes]:
        """Yield what came after the last newline."""
        if self._buffer.strip():
            yield bytes(self._buffer)
