"""What was read of an attempt's output and is not stored yet. Pure: frames in, batches out.

Secrets are masked on the way in. A masker may hold back bytes that could be the beginning of a secret; the place that
is stored then lies before them, so that whoever reads on from there reads them again. ``skip`` counts the bytes
of the frame at that place that are stored already.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from container_manager.executors.base import LogCursor, LogFrame, Stream, StreamPosition
from container_manager.services.log_layout import CHUNK_BYTES, Segment
from container_manager.services.log_storage import LogBatch
from container_manager.troubleshooting.masking import StreamMasker

#: Beyond this many changes between stdout and stderr in one batch, their order is kept only within each stream.
_MOST_CHANGES = 32


@dataclass(frozen=True, kw_only=True)
class LogState:
    """How far an attempt's log is stored: where each stream goes on, and how long it is so far."""

    cursor: Mapping[str, object]
    stdout_bytes: int = 0
    stderr_bytes: int = 0

    @property
    def batches(self) -> int:
        """How many batches are stored."""
        number = self.cursor.get("batch", 0)
        return number if isinstance(number, int) else 0

    def place(self, stream: Stream) -> tuple[StreamPosition | None, int]:
        """Where a stream goes on, and how many bytes of it are stored beyond that place."""
        match self.cursor.get(stream.value):
            case {"nanoseconds": int(nanoseconds), "frames": int(frames), "skip": int(skip)}:
                return StreamPosition(nanoseconds=nanoseconds, frames=frames), skip
            case {"skip": int(skip)}:
                return None, skip
            case _:
                return None, 0


class LogBuffer:
    """Both streams of one attempt, from where their storing stands.

    ``take`` frames as they come, ``batch`` what is to be stored now, ``finish`` once at the end.
    """

    def __init__(self, state: LogState, masker: Callable[[], StreamMasker]) -> None:
        written = {Stream.STDOUT: state.stdout_bytes, Stream.STDERR: state.stderr_bytes}
        self._streams = {s: _StreamState(masker(), *state.place(s), written=written[s]) for s in Stream}
        self._number = state.batches
        self._segments: deque[_Segment] = deque()
        self._full = 0
        self._last_seen: datetime | None = None
        self._after_gap = False
        self.size = 0
        """Bytes waiting to be stored."""

    @property
    def cursor(self) -> LogCursor:
        """Behind the last frame taken: from here a reader in this process goes on."""
        return LogCursor(**{stream.value: state.after for stream, state in self._streams.items()})

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store, and nothing to tell of."""
        return not self.size and not self._after_gap

    def take(self, frame: LogFrame) -> None:
        """Add a frame."""
        state = self._streams[frame.stream]
        after = frame.cursor.stdout if frame.stream is Stream.STDOUT else frame.cursor.stderr
        offset = state.written
        self._last_seen = frame.written_at
        if frame.after_gap:
            self._after_gap = True
            state.begin_behind_gap()
        self._add(frame.stream, offset, frame.written_at, state.feed(frame.data, after))

    def finish(self) -> None:
        """Release what the maskers held back; both streams are over."""
        for stream, state in self._streams.items():
            offset = state.written
            held = state.finish()
            if held and self._last_seen is not None:
                self._add(stream, offset, self._last_seen, held)

    def batch(self, *, complete: bool = False) -> LogBatch:
        """Return what waits, and begin the next batch."""
        self._number += 1
        batch = LogBatch(
            number=self._number,
            segments=[segment.frozen() for segment in self._segments if segment.data],
            cursor={stream.value: _stored(*state.place()) for stream, state in self._streams.items()},
            stdout_bytes=self._streams[Stream.STDOUT].written,
            stderr_bytes=self._streams[Stream.STDERR].written,
            complete=complete,
            after_gap=self._after_gap,
        )
        self._segments, self._full, self.size, self._after_gap = deque(), 0, 0, False
        return batch

    def trim(self, keep: int) -> list[Segment]:
        """Let go of the oldest bytes beyond the last ``keep``, and return them: they will never be stored."""
        dropped = []
        while self._segments and self.size - len(self._segments[0].data) >= keep:
            oldest = self._segments.popleft()
            self.size -= len(oldest.data)
            self._full -= oldest.is_full
            dropped.append(oldest.frozen())
        return dropped

    def _add(self, stream: Stream, offset: int, written_at: datetime, data: bytes) -> None:
        if not data:
            return
        self.size += len(data)
        crowded = len(self._segments) - self._full >= _MOST_CHANGES
        for segment in reversed(self._segments):
            if segment.stream is stream:
                if segment.is_full:
                    break
                segment.data += data
                self._full += segment.is_full
                return
            if not crowded:
                break
        segment = _Segment(stream=stream, offset=offset, written_at=written_at, data=bytearray(data))
        self._segments.append(segment)
        self._full += segment.is_full


@dataclass(kw_only=True)
class _Segment:
    stream: Stream
    offset: int
    written_at: datetime
    data: bytearray

    @property
    def is_full(self) -> bool:
        """Whether it is as long as a chunk, so that what follows has a time of its own."""
        return len(self.data) >= CHUNK_BYTES

    def frozen(self) -> Segment:
        return Segment(stream=self.stream, offset=self.offset, written_at=self.written_at, data=bytes(self.data))


class _StreamState:
    """One stream: its masker, how much it has written, and from where to read on."""

    def __init__(self, masker: StreamMasker, after: StreamPosition | None, skip: int, *, written: int) -> None:
        self._masker = masker
        self.after = after
        self._skip = skip
        self._undecided: deque[tuple[StreamPosition | None, int]] = deque()
        self._decided_of_first = 0
        self.written = written

    def feed(self, data: bytes, after: StreamPosition | None) -> bytes:
        """Take a frame; return what of it, and of earlier ones, can be stored."""
        self._undecided.append((self.after, len(data)))
        self.after = after
        fresh = data[self._skip :]
        self._skip -= len(data) - len(fresh)
        masked = self._masker.feed(fresh)
        self.written += len(masked)
        self._settle()
        return masked

    def begin_behind_gap(self) -> None:
        """Take the next frame whole: the one of which a part is stored already does not come any more."""
        self._skip = 0

    def finish(self) -> bytes:
        """Return what was held back, at the end of the stream."""
        masked = self._masker.finish()
        self.written += len(masked)
        self._undecided.clear()
        return masked

    def place(self) -> tuple[StreamPosition | None, int]:
        """From where to read on, and how many bytes beyond it are stored already."""
        if self._undecided:
            return self._undecided[0][0], self._decided_of_first
        return self.after, self._skip

    def _settle(self) -> None:
        """Let go of the frames whose every byte is decided."""
        held = self._masker.held_back
        total = sum(size for _, size in self._undecided)
        while self._undecided and total - self._undecided[0][1] >= held:
            total -= self._undecided.popleft()[1]
        self._decided_of_first = total - held


def _stored(after: StreamPosition | None, skip: int) -> dict[str, int]:
    if after is None:
        return {"skip": skip}
    return {"nanoseconds": after.nanoseconds, "frames": after.frames, "skip": skip}
