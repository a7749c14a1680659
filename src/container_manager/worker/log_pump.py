"""Carrying one attempt's output from its platform into the store while it runs, and the rest of it at the end.

Memory is bounded: nothing is read while a full batch is being stored, and the platform keeps what was not read yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from container_manager.conf import app_settings
from container_manager.executors.base import Executor, ExecutorUnavailableError, Handle
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.log_storage import LogBatch, append_log
from container_manager.troubleshooting.masking import stream_masker
from container_manager.worker.bridge import Bridge
from container_manager.worker.fault_points import fault_point
from container_manager.worker.log_buffer import LogBuffer, LogState
from container_manager.worker.streams import closed_after

BATCH_BYTES = 512 * 1024

#: How long the follower of an attempt that is over may take to notice.
_FOLLOWER_GRACE_SECONDS = 2.0

#: Pause before a broken stream is asked for again.
_RETRY_SECONDS = 1.0

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
        secrets = {name: claimed.spec.environment.get(name, "") for name in sorted(claimed.spec.secret_names)}
        self._buffer = LogBuffer(state, lambda: stream_masker(secrets))
        self._listener = listener
        self._storing = asyncio.Lock()
        self._over = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None

    def follow(self, handle: Handle, notice: Callable[[], None]) -> None:
        """Begin to store what comes; ``notice`` is called when the platform's stream ends or storing fails."""
        self._over.clear()
        name = f"log of job {self._lease.job_id}"
        self._follower = asyncio.create_task(self._follow(handle, notice), name=name)

    def check(self) -> None:
        """Raise what storing failed with, if it did."""
        if self._follower is not None and self._follower.done():
            self._follower.result()

    async def complete(self, handle: Handle) -> None:
        """Store everything that is left of an attempt that is over.

        Raises :class:`ExecutorUnavailableError`; what was read is kept then, and it may be asked again.
        """
        await self._stop_following(grace_seconds=_FOLLOWER_GRACE_SECONDS)
        await self._read(handle, follow=False)
        self._buffer.finish()
        await self._store(complete=True)

    async def pause(self) -> None:
        """Stop following and store what was read."""
        await self._stop_following(grace_seconds=0)
        await self._store()

    async def abandon(self) -> None:
        """Stop following and store nothing."""
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)

    async def _stop_following(self, *, grace_seconds: float) -> None:
        follower, self._follower = self._follower, None
        if follower is None:
            return
        self._over.set()
        await asyncio.wait([follower], timeout=grace_seconds)
        follower.cancel()
        with suppress(asyncio.CancelledError):
            await follower

    async def _follow(self, handle: Handle, notice: Callable[[], None]) -> None:
        tasks = [
            asyncio.create_task(self._read_until_over(handle, notice)),
            asyncio.create_task(self._store_regularly()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            notice()

    async def _read_until_over(self, handle: Handle, notice: Callable[[], None]) -> None:
        # The end of a stream means "ask again": the attempt may be over, or only the connection.
        while not self._over.is_set():
            with suppress(ExecutorUnavailableError):
                await self._read(handle, follow=True)
                notice()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), _RETRY_SECONDS)

    async def _read(self, handle: Handle, *, follow: bool) -> None:
        stream = self._executor.logs(handle, cursor=self._buffer.cursor, follow=follow)
        async with closed_after(stream) as frames:
            async for frame in frames:
                self._buffer.take(frame)
                if self._buffer.size >= BATCH_BYTES:
                    await self._store()

    async def _store_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._settings.log_flush_seconds)
            await self._store()

    async def _store(self, *, complete: bool = False) -> None:
        async with self._storing:
            if not self._buffer.size and not complete:
                return
            batch = self._buffer.batch(complete=complete)
            self._listener(batch)
            await self._bridge.call(append_log, self._lease, batch, cap=self._settings.log_cap_bytes)
            fault_point("log-stored")
