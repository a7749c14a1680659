"""The worker's heartbeat: it says that the worker lives, and prolongs its leases."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping

from container_manager.conf import app_settings
from container_manager.services.leases import beat, renew, reserve, shorten
from container_manager.worker.attempt_scope import AttemptScope, lease_clock
from container_manager.worker.bridge import Bridge

logger = logging.getLogger(__name__)


def lease_held_until() -> float:
    """Until when a lease that is asked for now has certainly not run out, by ``lease_clock``."""
    return lease_clock() + app_settings().lease_seconds / 2


class Heartbeat:
    """Beats for one worker. ``attempts`` is what it looks after, as that changes.

    ``only_job`` is kept for this worker while it waits.
    """

    def __init__(
        self,
        bridge: Bridge,
        name: str,
        attempts: Mapping[asyncio.Task[None], AttemptScope],
        *,
        concurrency: int,
        only_job: int | None,
    ) -> None:
        self._bridge = bridge
        self._name = name
        self._attempts = attempts
        self._concurrency = concurrency
        self._only_job = only_job

    async def beat(self, *, is_draining: bool) -> None:
        """Say that we are alive, and prolong our leases. What was taken from us is dropped without a word."""
        seconds = app_settings().lease_seconds
        held_until = lease_held_until()
        leases = {scope.lease: task for task, scope in self._attempts.items()}
        # What is asked for at the same moment shares one transaction.
        all_lost, *_ = await asyncio.gather(
            self._bridge.call(renew, list(leases), seconds),
            self._bridge.call(shorten, seconds),
            self._be_seen(is_draining),
            self._keep_only_job(seconds),
        )
        for lost in all_lost:
            if leases[lost].done():
                continue  # it was over meanwhile, and its job may be on its next attempt
            extra = {"action": "lease-lost", "job": lost.job_id}
            logger.warning("job %s was taken over by another worker; dropping it", lost.job_id, extra=extra)
            leases.pop(lost).cancel()
        for task in leases.values():
            if (scope := self._attempts.get(task)) is not None:
                scope.held_until = held_until

    async def _be_seen(self, is_draining: bool) -> None:
        await self._bridge.call(
            beat,
            self._name,
            hostname=socket.gethostname(),
            pid=os.getpid(),
            concurrency=self._concurrency,
            is_draining=is_draining,
        )

    async def _keep_only_job(self, seconds: float) -> None:
        if self._only_job is not None:
            await self._bridge.call(reserve, self._only_job, self._name, seconds)
