"""Carrying one attempt's output from its platform into the store while it runs, and the rest of it at the end.

Memory is bounded: nothing is read while a full batch is being stored, and the platform keeps what was not read yet.
Once the head of the log is full, what is read in one go and does not fit into the tail is let go unstored: it is
counted, and neither compressed nor written. A crash costs nothing, for the place that is stored lies before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from container_manager.conf import app_settings
from container_manager.executors.base import Executor, ExecutorUnavailableError, Handle
from container_manager.fault_points import fault_point
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.log_layout import LogLayout, Segment
from container_manager.services.log_storage import LogBatch, PackedBatch, packed
from container_manager.troubleshooting.masking import stream_masker
from container_manager.worker.failures import take_note
from container_manager.worker.host_logs import HostLogs
from container_manager.worker.log_buffer import LogBuffer, LogState
from container_manager.worker.streams import closed_after

BATCH_BYTES = 512 * 1024

#: A tail longer than this is not held in memory while a log is read, but stored batch by batch.
LONGEST_HELD_TAIL = 16 * 1024 * 1024

#: Less is compressed where it is: handing it to a thread would take longer.
_LITTLE_BYTES = 4 * 1024

#: A log in which nothing happens is looked at this often.
_LONGEST_IDLE_SECONDS = 2.0

#: Rest after each reading, in multiples of the time it took.
_REST_FACTOR = 1

Listener = Callable[[Sequence[Segment]], None]
"""Is shown everything once, when it is stored or let go; after a crash the next worker may show some of it again."""


class LogPump:
    """Reads, masks, and stores the log of one attempt."""

    def __init__(self, logs: HostLogs, executor: Executor, claimed: ClaimedAttempt, listener: Listener) -> None:
        stdout_bytes, stderr_bytes = claimed.log_bytes
        state = LogState(cursor=claimed.log_cursor, stdout_bytes=stdout_bytes, stderr_bytes=stderr_bytes)
        self._logs = logs
        self._executor = executor
        self._lease = claimed.lease
        self._settings = app_settings()
        self._layout = LogLayout(claimed.log_cursor, claimed.log_cap_bytes or self._settings.log_cap_bytes)
        secrets = claimed.spec.secrets
        self._buffer = LogBuffer(state, lambda: stream_masker(secrets))
        self._listener = listener
        self._is_fresh = claimed.fresh
        self._carrier: asyncio.Task[None] | None = None
        self._storing: asyncio.Task[None] | None = None
        """Stores what was taken out of the buffer last. It goes on whoever is cancelled."""

    def begin(self, handle: Handle, notice: Callable[[], None]) -> None:
        """Begin to store what comes; ``notice`` is called when that ends, which it only does by failing."""
        self._carrier = asyncio.create_task(self._carry(handle, notice), name=f"log of job {self._lease.job_id}")
        self._carrier.add_done_callback(take_note)

    def check(self) -> None:
        """Raise what storing failed with, if it did."""
        if self._carrier is not None and self._carrier.done():
            self._carrier.result()

    async def complete(self, handle: Handle) -> PackedBatch | None:
        """Store everything that is left of an attempt that is over, but the last batch where that is small.

        That one is returned, to be stored with the outcome. Raises :class:`ExecutorUnavailableError`; what was read is
        kept then, and it may be asked again.
        """
        await self._stop_carrying()
        async with self._logs.readers:
            await self._read(handle)
            self._buffer.finish()
            if self._buffer.size > _LITTLE_BYTES:
                await self._store(complete=True)
                return None
        await self._stored()
        # Where nothing is left to store, the outcome says that the log is complete.
        return None if self._buffer.is_empty else packed(self._taken(complete=True), self._layout)

    async def pause(self) -> None:
        """Store what was read, and no more."""
        await self._stop_carrying()
        await self._store()

    async def abandon(self) -> None:
        """Store nothing more than what was taken out of the buffer already."""
        if self._carrier is not None:
            self._carrier.cancel()
        if begun := [task for task in (self._carrier, self._storing) if task is not None]:
            await asyncio.wait(begun)

    async def _stop_carrying(self) -> None:
        """End the carrier. Raises what it failed with. A cancellation of the caller is the caller's."""
        if self._carrier is None:
            return
        self._carrier.cancel()
        await asyncio.wait([self._carrier])
        carrier, self._carrier = self._carrier, None
        if not carrier.cancelled():
            carrier.result()

    async def _carry(self, handle: Handle, notice: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        idle = self._settings.log_flush_seconds
        self._logs.pumps += 1
        try:
            if self._is_fresh:  # it has hardly written yet, and may be over soon
                await asyncio.sleep(idle)
            while True:
                async with self._logs.readers:
                    began, cursor = loop.time(), self._buffer.cursor
                    with suppress(ExecutorUnavailableError):
                        await self._read(handle)
                    await self._store()
                is_idle = self._buffer.cursor == cursor
                idle = min(idle * 2, _LONGEST_IDLE_SECONDS) if is_idle else self._settings.log_flush_seconds
                # Some engines go through the whole log each time: a long one is asked for less often.
                rest = _REST_FACTOR * (loop.time() - began)
                await asyncio.sleep(max(idle, rest, self._logs.least_pause_seconds))
        finally:
            self._logs.pumps -= 1
            notice()

    async def _read(self, handle: Handle) -> None:
        # Not followed: engines have been seen to double bytes in a followed log when its files rotate.
        stream = self._executor.logs(handle, cursor=self._buffer.cursor, follow=False)
        async with closed_after(stream) as frames:
            async for frame in frames:
                self._buffer.take(frame)
                if self._buffer.size >= self._room:
                    await self._make_room()

    @property
    def _holds_tail(self) -> bool:
        return self._layout.head_is_full and self._layout.tail_cap <= LONGEST_HELD_TAIL

    @property
    def _room(self) -> int:
        return BATCH_BYTES + self._layout.tail_cap if self._holds_tail else BATCH_BYTES

    async def _make_room(self) -> None:
        if not self._holds_tail:
            await self._store()
        elif dropped := self._buffer.trim(self._layout.tail_cap):
            self._listener(dropped)
            await asyncio.sleep(0)  # a flood comes without a pause, and others want their turn

    async def _store(self, *, complete: bool = False) -> None:
        if not self._buffer.size and not complete:
            return
        await self._stored()
        self._storing = asyncio.create_task(self._finish(self._taken(complete=complete)))
        self._storing.add_done_callback(take_note)
        await self._stored()

    async def _stored(self) -> None:
        """Return once everything that was taken out of the buffer is stored. Raises what that failed with.

        Nothing may be stored behind a batch that is missing, or before one that is on its way: the later number would
        hide it. The next worker reads it again.
        """
        if self._storing is not None:
            await asyncio.wait([self._storing])
            self._storing.result()

    def _taken(self, *, complete: bool) -> LogBatch:
        """Take out of the buffer what is to be stored next."""
        if self._holds_tail and (dropped := self._buffer.trim(self._layout.tail_cap)):
            self._listener(dropped)
        batch = self._buffer.batch(complete=complete)
        fault_point("log-read")
        self._listener(batch.segments)
        return batch

    async def _finish(self, batch: LogBatch) -> None:
        size = sum(len(segment.data) for segment in batch.segments)
        if size > _LITTLE_BYTES:
            ready = await asyncio.to_thread(packed, batch, self._layout)
        else:
            ready = packed(batch, self._layout)
        await self._logs.store(self._lease, ready)
        fault_point("log-stored")
