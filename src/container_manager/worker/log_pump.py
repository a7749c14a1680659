"""Carrying one attempt's output from its platform into the store while it runs, and the rest of it at the end.

Memory is bounded: nothing is read while a full batch is being stored, and the platform keeps what was not read yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from container_manager.conf import app_settings
from container_manager.executors.base import Executor, ExecutorUnavailableError, Handle
from container_manager.fault_points import fault_point
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.log_storage import LogBatch, append_log
from container_manager.troubleshooting.masking import stream_masker
from container_manager.worker.bridge import Bridge
from container_manager.worker.log_buffer import LogBuffer, LogState
from container_manager.worker.streams import closed_after

BATCH_BYTES = 512 * 1024

#: A log in which nothing happens is looked at this often.
_LONGEST_IDLE_SECONDS = 2.0

#: Rest after each reading, in multiples of the time it took.
_REST_FACTOR = 1

Listener = Callable[[LogBatch], None]
"""Is shown every batch when it is stored; after a crash the next worker may show one again."""


class LogPump:
    """Reads, masks, and stores the log of one attempt."""

    def __init__(self, bridge: Bridge, executor: Executor, claimed: ClaimedAttempt, listener: Listener) -> None:
        stdout_bytes, stderr_bytes = claimed.log_bytes
        state = LogState(cursor=claimed.log_cursor, stdout_bytes=stdout_bytes, stderr_bytes=stderr_bytes)
        self._bridge = bridge
        self._executor = executor
        self._lease = claimed.lease
        self._settings = app_settings()
        self._buffer = LogBuffer(state, lambda: stream_masker(claimed.spec.secrets))
        self._listener = listener
        self._carrier: asyncio.Task[None] | None = None

    def begin(self, handle: Handle, notice: Callable[[], None]) -> None:
        """Begin to store what comes; ``notice`` is called when that ends, which it only does by failing."""
        self._carrier = asyncio.create_task(self._carry(handle, notice), name=f"log of job {self._lease.job_id}")

    def check(self) -> None:
        """Raise what storing failed with, if it did."""
        if self._carrier is not None and self._carrier.done():
            self._carrier.result()

    async def complete(self, handle: Handle) -> None:
        """Store everything that is left of an attempt that is over.

        Raises :class:`ExecutorUnavailableError`; what was read is kept then, and it may be asked again.
        """
        await self._stop_carrying()
        await self._read(handle)
        self._buffer.finish()
        await self._store(complete=True)

    async def pause(self) -> None:
        """Store what was read, and no more."""
        await self._stop_carrying()
        await self._store()

    async def abandon(self) -> None:
        """Store nothing more."""
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.cancel()
            await asyncio.gather(carrier, return_exceptions=True)

    async def _stop_carrying(self) -> None:
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.cancel()
            with suppress(asyncio.CancelledError):
                await carrier

    async def _carry(self, handle: Handle, notice: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        idle = self._settings.log_flush_seconds
        try:
            while True:
                began, cursor = loop.time(), self._buffer.cursor
                with suppress(ExecutorUnavailableError):
                    await self._read(handle)
                await self._store()
                is_idle = self._buffer.cursor == cursor
                idle = min(idle * 2, _LONGEST_IDLE_SECONDS) if is_idle else self._settings.log_flush_seconds
                # Some engines go through the whole log each time: a long one is asked for less often.
                await asyncio.sleep(max(idle, _REST_FACTOR * (loop.time() - began)))
        finally:
            notice()

    async def _read(self, handle: Handle) -> None:
        # Not followed: engines have been seen to double bytes in a followed log when its files rotate.
        stream = self._executor.logs(handle, cursor=self._buffer.cursor, follow=False)
        async with closed_after(stream) as frames:
            async for frame in frames:
                self._buffer.take(frame)
                if self._buffer.size >= BATCH_BYTES:
                    await self._store()

    async def _store(self, *, complete: bool = False) -> None:
        if not self._buffer.size and not complete:
            return
        batch = self._buffer.batch(complete=complete)
        fault_point("log-read")
        self._listener(batch)
        await self._bridge.call(append_log, self._lease, batch, cap=self._settings.log_cap_bytes)
        fault_point("log-stored")
