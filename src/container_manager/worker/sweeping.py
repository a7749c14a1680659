"""Removing what was made on a platform and never started, once nobody will start it any more.

A request to make a container may be carried out late, by a platform that was frozen or cut off: after its job was
cancelled, or was begun elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

from container_manager.executors.base import AttemptKey, Executor, Found, Prepared
from container_manager.services.leftovers import Standing, mark_removed, standings
from container_manager.worker.bridge import Bridge

logger = logging.getLogger(__name__)


class Sweeper:
    """Sweeps one host, list by list."""

    def __init__(self, executor: Executor, bridge: Bridge) -> None:
        self._executor = executor
        self._bridge = bridge
        self._seen: set[AttemptKey] = set()

    async def sweep(self, found: Mapping[AttemptKey, Found], attended: Collection[AttemptKey]) -> None:
        """Remove what two lists in a row show as never started, and the database as over or unknown.

        Raises what the executor raises for a platform that does not answer.
        """
        prepared = {key for key, one in found.items() if isinstance(one.observation, Prepared) and key not in attended}
        again, self._seen = sorted(prepared & self._seen, key=lambda key: key.name), prepared
        if not again:
            return
        known = await self._bridge.call(standings, again)
        for key in again:
            if known[key] in {Standing.OVER, Standing.UNKNOWN}:
                await self._executor.remove(found[key].handle)
                await self._bridge.call(mark_removed, key)
                logger.info("removed %s, which was never started", key.name, extra={"action": "swept"})
