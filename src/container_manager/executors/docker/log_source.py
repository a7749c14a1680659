"""Reading what is new in a container's log, at a cost that grows with what is new and not with the whole log.

Engines go through a log from its beginning to find what came ``since`` a moment, at some 20 MB a second. They find the
last ``tail`` frames from its end. So where we have read a log to its end before, as many of its last frames are asked
for as are likely to be new, and some more: if the frame that was read last lies among them, nothing between is missing.
If it does not, the log is gone through.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from container_manager.executors.base import Handle, LogCursor, LogFrame, Stream
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineConflictError, EngineNotFoundError
from container_manager.executors.docker.framing import RawFrame
from container_manager.executors.docker.logreading import LogReader

_BOTH = (Stream.STDOUT, Stream.STDERR)

#: Frames that are asked for where little is expected, and at most.
_FEWEST = 200
_MOST = 2_000_000


@dataclass(frozen=True, kw_only=True)
class _Known:
    """How far a log was read in this process, at which moment, and how fast it grew."""

    cursor: LogCursor
    read_at: float
    frames_per_second: float = 0.0


class LogSource:
    """The logs of one engine's containers, as far as they go."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._known: dict[Handle, _Known] = {}

    def forget(self, handle: Handle) -> None:
        """Drop what is known of an attempt that is gone."""
        self._known.pop(handle, None)

    async def frames(self, handle: Handle, cursor: LogCursor) -> AsyncGenerator[LogFrame, None]:
        """Yield what lies behind the cursor now. Ends without a frame where the container is gone."""
        known = self._known.pop(handle, None)
        began = time.monotonic()
        try:
            counted = _Counter()
            if known is not None and known.cursor == cursor:
                async with aclosing(self._from_the_end(handle, known, began, counted)) as frames:
                    async for frame in frames:
                        cursor = frame.cursor
                        yield frame
            if not counted.is_complete:
                async with aclosing(self._gone_through(handle, cursor, counted)) as frames:
                    async for frame in frames:
                        cursor = frame.cursor
                        yield frame
        except (EngineNotFoundError, EngineConflictError):
            # Gone, or going, since we looked.
            return
        passed = began - known.read_at if known is not None else 1.0
        rate = counted.fresh / max(passed, 0.1)
        self._known[handle] = _Known(cursor=cursor, read_at=began, frames_per_second=rate)

    async def _from_the_end(
        self, handle: Handle, known: _Known, now: float, counted: _Counter
    ) -> AsyncGenerator[LogFrame, None]:
        """Yield what is new from the log's last frames, or nothing where the place that was read last is not there."""
        expected = 2 * known.frames_per_second * (now - known.read_at)
        tail = min(_MOST, _FEWEST + int(expected))
        reader = LogReader(known.cursor, contiguous=True)
        raw = self._engine.logs(handle, streams=_BOTH, since="0", follow=False, tail=tail)
        async with aclosing(raw) as batches:
            async for batch in batches:
                if not counted.is_complete:
                    if not batch:
                        continue
                    if not _reaches_back(batch, reader):
                        return
                    counted.is_complete = True
                for frame in reader.read(batch):
                    yield frame
                counted.fresh += len(batch)
        counted.fresh -= reader.old

    async def _gone_through(
        self, handle: Handle, cursor: LogCursor, counted: _Counter
    ) -> AsyncGenerator[LogFrame, None]:
        reader = LogReader(cursor)
        for streams in _passes(cursor):
            raw = self._engine.logs(handle, streams=streams, since=reader.since(streams), follow=False)
            async with aclosing(raw) as batches:
                async for batch in batches:
                    counted.fresh += len(batch)
                    for frame in reader.read(batch):
                        yield frame
        counted.fresh -= reader.old


@dataclass(kw_only=True)
class _Counter:
    """What one reading has come to."""

    fresh: int = 0
    is_complete: bool = False


def _reaches_back(batch: list[RawFrame], reader: LogReader) -> bool:
    """Whether these first frames begin before the place of one of the streams, so that all behind it are among them.

    What was read before ended with the later of both places, so one of them is enough.
    """
    seen: set[Stream] = set()
    for stream, payload in batch:
        if stream not in seen:
            seen.add(stream)
            if reader.is_before_place(stream, payload):
                return True
        if len(seen) == len(_BOTH):
            return False
    return False


def _passes(cursor: LogCursor) -> tuple[tuple[Stream, ...], ...]:
    """Say which streams to read in one go.

    A stream that was silent so far must be read from its beginning; read together with the other, that one's whole
    past would come again.
    """
    if (cursor.stdout is None) != (cursor.stderr is None):
        return ((Stream.STDOUT,), (Stream.STDERR,))
    return (_BOTH,)
