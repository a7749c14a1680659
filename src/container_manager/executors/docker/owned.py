"""Which containers are ours: known by their ids once their labels were read, so that nobody else's is ever touched.

A name can be taken by somebody else's container once ours is gone; an id cannot. So what is known by its id needs no
second look before it is read, stopped, or removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from container_manager.executors.base import Handle
from container_manager.executors.docker import wire
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineConflictError, EngineNotFoundError
from container_manager.executors.docker.translate import key_of

_REMOVAL_POLL_SECONDS: Final = 0.05
_REMOVAL_TRIES: Final = 200


class OwnedContainers:
    """The containers of one engine that are known to be ours."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._ids: dict[Handle, str] = {}

    def note(self, handle: Handle, container_id: str) -> None:
        """Take notice of a container that we have made, or whose labels were read."""
        self._ids[handle] = container_id

    def keep_only(self, handles: Collection[Handle]) -> None:
        """Forget what the engine does not list any more."""
        self._ids = {handle: found for handle, found in self._ids.items() if handle in handles}

    async def inspect(self, handle: Handle) -> wire.Container | None:
        """Return the container by this handle, ``None`` where there is none or it is not ours."""
        try:
            container = await self._engine.inspect(handle)
        except EngineNotFoundError:
            self._ids.pop(handle, None)
            return None
        key = key_of(container.config.labels)
        if key is None or key.name != handle:
            return None
        self.note(handle, container.id)
        return container

    async def id_of(self, handle: Handle) -> str | None:
        """Return the container's id, asking only where it is not known."""
        known = self._ids.get(handle)
        if known is None:
            container = await self.inspect(handle)
            known = None if container is None else container.id
        return known

    async def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """Stop it, if it is there."""
        container_id = await self.id_of(handle)
        if container_id is None:
            return
        try:
            await self._engine.stop(container_id, grace_seconds=grace_seconds)
        except EngineNotFoundError:
            return

    async def remove(self, handle: Handle) -> str | None:
        """Remove it, if it is there, and wait until it is gone. Return its id, ``None`` where there was none."""
        for _ in range(_REMOVAL_TRIES):
            container_id = await self.id_of(handle)
            if container_id is None:
                break
            try:
                await self._engine.remove(container_id)
            except EngineNotFoundError:
                pass
            except EngineConflictError:
                # Somebody else's removal is under way: wait until it is done, as ours would.
                await asyncio.sleep(_REMOVAL_POLL_SECONDS)
                continue
            self._ids.pop(handle, None)
            return container_id
        return None
