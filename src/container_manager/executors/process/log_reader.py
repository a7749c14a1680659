"""Reading and following the logs of attempts, from wherever a reader stands."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from container_manager.executors.base import ExecutorUnavailableError, Handle, LogCursor, LogFrame
from container_manager.executors.process import logfile
from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.threads import call_in_thread

#: How often a log that is followed is looked at.
FOLLOW_SECONDS = 0.1


class LogReader:
    """Reads the logs of one executor's attempts."""

    def __init__(self) -> None:
        # Where in the log the last cursor that was given out lies, so that polling a long log does not read it anew.
        self._offsets: dict[Handle, tuple[LogCursor, int]] = {}

    async def frames(
        self, directory: AttemptDirectory, *, cursor: LogCursor, follow: bool
    ) -> AsyncGenerator[LogFrame, None]:
        """Yield the frames behind the cursor: those there are, or all until the attempt has nothing more to write.

        Raises :class:`~container_manager.executors.base.ExecutorUnavailableError`.
        """
        known, offset = self._offsets.get(directory.name, (None, 0))
        offset = offset if known == cursor else 0
        while True:
            # Asked before reading: what is over now has nothing to write after the frames read next.
            over = not follow or not await call_in_thread(_may_write, directory)
            async with aclosing(_frames(directory.path / "log", offset, cursor)) as frames:
                async for frame, end in frames:
                    cursor, offset = frame.cursor, end
                    self._offsets[directory.name] = (cursor, offset)
                    yield frame
            if over:
                return
            await asyncio.sleep(FOLLOW_SECONDS)

    def forget(self, handle: Handle) -> None:
        """Keep nothing more of an attempt that is removed."""
        self._offsets.pop(handle, None)


def _may_write(directory: AttemptDirectory) -> bool:
    return directory.exists() and not directory.outcome() and (directory.is_held() or not directory.started())


async def _frames(path: Path, offset: int, cursor: LogCursor) -> AsyncGenerator[tuple[LogFrame, int], None]:
    """Yield what is in the log now, each frame with the offset behind it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)  # not in a thread: a cancellation there would leak it
    except FileNotFoundError:
        return
    except OSError as error:
        raise ExecutorUnavailableError(f"cannot read {path}: {error}") from error
    try:
        while True:
            piece = await call_in_thread(logfile.read_piece, descriptor, offset, cursor)
            for frame, end in piece.frames:
                yield frame, end
            offset, cursor = piece.offset, piece.cursor
            if piece.at_end:
                return
    finally:
        os.close(descriptor)
