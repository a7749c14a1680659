"""The log file: frames of stream, time stamp, length, bytes, in the order in which they were read."""

from __future__ import annotations

import os
import struct
import time

#: Stream (1 or 2), nanoseconds since the epoch, length of the bytes that follow.
HEADER = struct.Struct(">BQI")

#: Most bytes of one frame.
PIECE_BYTES = 65536

STDOUT = 1
STDERR = 2


class LogWriter:
    """Appends frames, and never a torn one while the disk is full."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = 0
        self._stamp = 0
        self._dropped = 0
        self._problem = ""

    def append(self, stream: int, data: bytes) -> None:
        """Store one piece of output, or count it as dropped where the disk does not take it."""
        # No two frames of a log bear the same stamp, also when the clock is set back: a stamp names its frame.
        self._stamp = max(time.time_ns(), self._stamp + 1)
        frame = HEADER.pack(stream, self._stamp, len(data)) + data
        try:
            written = os.write(self._file, frame)
            if written != len(frame):
                self._problem = "the disk took a part only"
        except OSError as error:
            written = 0
            self._problem = error.strerror or str(error)
        if written == len(frame):
            self._size += written
            return
        os.ftruncate(self._file, self._size)
        self._dropped += len(data)

    def finish(self) -> int:
        """Say in the log what is missing from it, if there is room again. Returns the number of dropped bytes."""
        dropped = self._dropped
        if dropped:
            self.append(STDERR, f"\nsickbay: {dropped} bytes of output could not be stored: {self._problem}\n".encode())
        os.fsync(self._file)
        os.close(self._file)
        return dropped
