"""Sampling what the attempts on one host use: one task and one pass for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from container_manager.conf import app_settings
from container_manager.executors.base import Executor, ExecutorUnavailableError, Handle, Sample
from container_manager.scheduling.usage_series import UsagePoint, UsageSeries
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.usage_records import load_series, store_series
from container_manager.worker.bridge import Bridge

logger = logging.getLogger(__name__)

#: Series are stored this often while an attempt runs, and at its end: a crash costs no more than that.
FLUSH_SECONDS = 60.0

#: So many are stored in one transaction: nobody else waits long for the database meanwhile.
_STORED_AT_ONCE = 50

#: A new attempt is sampled this soon, so that short ones are not missed; several new ones share a pass.
_SOON_SECONDS = 0.2


class _Watched:
    """One attempt that is sampled."""

    def __init__(self, claimed: ClaimedAttempt, now: float) -> None:
        self.lease = claimed.lease
        self.is_new = not claimed.fresh
        """Whether a worker before us may have stored a series."""
        self.began = now - (claimed.ran_seconds or 0.0)
        self.series = UsageSeries()
        self.changed = False

    def take(self, sample: Sample, now: float) -> None:
        point = UsagePoint(
            at_seconds=max(0.0, now - self.began),
            memory_bytes=sample.memory_bytes,
            cpu_seconds=sample.cpu_seconds,
            pids=sample.pids,
        )
        self.series.add(point)
        self.changed = True


class UsageSampling:
    """Samples while there is anything to sample. ``run`` it as a task; ``watch`` and ``leave`` attempts meanwhile."""

    def __init__(self, executor: Executor, bridge: Bridge) -> None:
        self._executor = executor
        self._bridge = bridge
        self._watched: dict[Handle, _Watched] = {}
        self._unseen: set[Handle] = set()
        self._came = asyncio.Event()

    def watch(self, handle: Handle, claimed: ClaimedAttempt) -> None:
        """Sample this attempt from now on."""
        self._watched[handle] = _Watched(claimed, asyncio.get_running_loop().time())
        self._unseen.add(handle)
        self._came.set()

    def leave(self, handle: Handle) -> None:
        """Sample it no more."""
        self._watched.pop(handle, None)
        self._unseen.discard(handle)

    def packed(self, handle: Handle) -> bytes | None:
        """Return the attempt's series to be stored with its end, ``None`` where nothing was sampled."""
        watched = self._watched.get(handle)
        return watched.series.packed() if watched is not None and watched.series.points else None

    async def run(self) -> None:
        """Sample and store until cancelled."""
        loop = asyncio.get_running_loop()
        flushed = loop.time()
        whole = 0.0
        while True:
            if not self._watched:
                await self._came.wait()
            try:
                is_whole = loop.time() - whole >= app_settings().usage_sample_seconds
                whole = loop.time() if is_whole else whole
                await self._sample(tuple(self._watched if is_whole else self._unseen))
                if loop.time() - flushed >= FLUSH_SECONDS:
                    flushed = loop.time()
                    await self._flush()
            except ExecutorUnavailableError:
                logger.debug("no samples: the host does not answer", extra={"action": "sample"})
            except Exception:  # the worker's loop: what could not be sampled or stored must not end the sampling
                logger.exception("sampling failed", extra={"action": "sample"})
            await self._rest(max(0.0, whole + app_settings().usage_sample_seconds - loop.time()))

    async def _rest(self, seconds: float) -> None:
        """Wait for the next pass; one for new attempts alone comes early."""
        self._came.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), seconds)
            await asyncio.sleep(_SOON_SECONDS)

    async def _sample(self, handles: Sequence[Handle]) -> None:
        await self._load()
        self._unseen.difference_update(handles)
        samples = await self._executor.sample(handles) if handles else {}
        now = asyncio.get_running_loop().time()
        for handle, sample in samples.items():
            watched = self._watched.get(handle)
            if watched is not None:
                watched.take(sample, now)

    async def _load(self) -> None:
        """Go on with the series of those that another worker had begun."""
        new = [watched for watched in self._watched.values() if watched.is_new]
        if not new:
            return
        stored = await self._bridge.call(load_series, [watched.lease.attempt_id for watched in new])
        for watched in new:
            watched.series = stored.get(watched.lease.attempt_id, watched.series)
            watched.is_new = False

    async def _flush(self) -> None:
        changed = [watched for watched in self._watched.values() if watched.changed]
        for begin in range(0, len(changed), _STORED_AT_ONCE):
            some: Sequence[_Watched] = changed[begin : begin + _STORED_AT_ONCE]
            for watched in some:
                watched.changed = False
            await self._bridge.call(store_series, [(watched.lease, watched.series.packed()) for watched in some])
