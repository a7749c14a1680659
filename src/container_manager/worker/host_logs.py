"""What the logs of one host's attempts share, so that many at once neither starve the worker nor its database.

A few logs are read at a time, which bounds the memory and leaves the event loop to others; the more attempts there are,
the less often each is looked at; and what several of them have read is stored in one transaction.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from container_manager.services.leases import Lease, LeaseLostError
from container_manager.services.log_storage import PackedBatch, append_logs
from container_manager.worker.bridge import Bridge

#: Logs that are read at once.
READERS = 4

#: A host with a hundred attempts has each log looked at once a second.
SECONDS_PER_ATTEMPT = 0.01

#: Most that one transaction stores.
_MOST_BATCHES = 64
_MOST_BYTES = 4 * 1024 * 1024

_Write = tuple[Lease, PackedBatch, "asyncio.Future[None]"]


class HostLogs:
    """Shared by the pumps of one host."""

    def __init__(self, bridge: Bridge) -> None:
        self.readers = asyncio.Semaphore(READERS)
        self.pumps = 0
        """How many attempts have their log carried."""
        self._bridge = bridge
        self._waiting: deque[_Write] = deque()
        self._writer: asyncio.Task[None] | None = None

    @property
    def least_pause_seconds(self) -> float:
        """How long each log is left alone at least."""
        return self.pumps * SECONDS_PER_ATTEMPT

    async def store(self, lease: Lease, batch: PackedBatch) -> None:
        """Store a batch, together with others that wait. It is stored also if the caller is cancelled meanwhile.

        Raises :class:`~container_manager.services.leases.LeaseLostError`, and what the database fails with.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lease, batch, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="store logs")
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            if not done.cancelled():
                done.exception()  # its caller is gone, and so is whoever would care
            raise

    async def _write(self) -> None:
        while self._waiting:
            writes = self._next()
            try:
                lost = await self._bridge.call_with_others(append_logs, [(lease, batch) for lease, batch, _ in writes])
            except Exception as error:  # noqa: BLE001  whatever it was is raised to those who wait
                await self._write_apart(writes, error)
                continue
            _answer(writes, lost)

    async def _write_apart(self, writes: Sequence[_Write], error: Exception) -> None:
        """Find out whose batch it was that could not be stored: it must not cost the others theirs."""
        if len(writes) == 1:
            writes[0][2].set_exception(error)
            return
        for write in writes:
            lease, batch, done = write
            try:
                _answer([write], await self._bridge.call(append_logs, [(lease, batch)]))
            except Exception as own:  # noqa: BLE001  as above
                done.set_exception(own)

    def _next(self) -> list[_Write]:
        size = 0
        writes: list[_Write] = []
        while self._waiting and len(writes) < _MOST_BATCHES and size < _MOST_BYTES:
            writes.append(self._waiting.popleft())
            size += sum(len(chunk.data) for chunk in writes[-1][1].chunks)
        return writes


def _answer(writes: Sequence[_Write], lost: Sequence[Lease]) -> None:
    for lease, _, done in writes:
        if lease in lost:
            done.set_exception(LeaseLostError(lease))
        else:
            done.set_result(None)
