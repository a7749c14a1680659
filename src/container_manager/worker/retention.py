"""The chore that moves old logs out of the database, as the settings say, beside everything else and never before it.

It has a database connection and a thread of its own, so that a slow storage holds up nobody; one log is one step.
"""

from __future__ import annotations

import asyncio
import logging

from container_manager.services.log_archive import Retention, due_ids, prune_by_id, settings_retention
from container_manager.worker.bridge import Bridge

logger = logging.getLogger(__name__)

#: The first look, and the time between two.
FIRST_SECONDS = 30.0
PAUSE_SECONDS = 600.0


async def keep_retention() -> None:
    """Prune what is due, now and then, until cancelled."""
    async with Bridge() as bridge:
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            try:
                await prune_due(bridge)
            except Exception:  # the worker's loop: a chore that failed is tried again in its turn
                logger.exception("logs could not be pruned", extra={"action": "prune-logs"})
            await asyncio.sleep(PAUSE_SECONDS)


async def prune_due(bridge: Bridge) -> int:
    """Prune every log that is due; return how many were."""
    retention = settings_retention()
    if retention is None:
        return 0
    pruned, behind = 0, 0
    while ids := await bridge.call(due_ids, retention, behind=behind):
        for attempt_id in ids:
            pruned += await _prune(bridge, attempt_id, retention)
        behind = ids[-1]
    if pruned:
        logger.info("%s logs were pruned", pruned, extra={"action": "prune-logs", "count": pruned})
    return pruned


async def _prune(bridge: Bridge, attempt_id: int, retention: Retention) -> bool:
    try:
        return await bridge.call(prune_by_id, attempt_id, retention) is not None
    except Exception:  # the boundary to a storage: one log that it does not take must not keep the others
        extra = {"action": "prune-logs", "attempt": attempt_id}
        logger.exception("the log of attempt %s could not be pruned", attempt_id, extra=extra)
        return False
