"""Storing now and then how far the pull has come that a launch waits for."""

from __future__ import annotations

import asyncio
from typing import Final

from container_manager.executors.base import PullProgress
from container_manager.services.launch_progress import note_pull
from container_manager.worker.attempt_scope import AttemptScope

#: Between two looks; a launch that is over sooner stores nothing.
LOOK_SECONDS: Final = 2.0


async def tell_pull(scope: AttemptScope, *, look_seconds: float = LOOK_SECONDS) -> None:
    """Store what the executor says of the pull, each time that has changed. Cancel it with the launch."""
    told: PullProgress | None = None
    while True:
        await asyncio.sleep(look_seconds)
        progress = scope.executor.pull_progress(scope.claimed.key)
        if progress is not None and progress != told:
            await scope.bridge.call(note_pull, scope.lease, progress)
            told = progress
