"""Bringing images: one pull per image at a time, however many attempts wait for it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineResponseError, EngineTimeoutError, PullFailedError
from container_manager.executors.docker.image import ImageReference


class Puller:
    """Pulls for one engine."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._pulls: dict[ImageReference, asyncio.Task[None]] = {}

    async def pull(self, image: ImageReference) -> None:
        """Bring an image, joining a pull of it that is under way.

        Raises :class:`PullFailedError`, or :class:`EngineUnreachableError` where it is the engine that is gone.
        """
        task = self._pulls.get(image)
        if task is None:
            task = self._pulls[image] = asyncio.create_task(self._pull(image), name=f"pull {image.repository}")
            task.add_done_callback(lambda _: self._pulls.pop(image, None))
        # Whoever waits may be cancelled; the pull goes on for the others.
        await asyncio.shield(task)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._pulls.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pull(self, image: ImageReference) -> None:
        try:
            async with aclosing(self._engine.pull(image.repository, image.version)) as progress:
                async for step in progress:
                    if step.error:
                        raise PullFailedError(step.error)
        except EngineResponseError as error:
            raise PullFailedError(error.message) from error
        except EngineTimeoutError as error:
            # Silence is the registry's, if the engine answers meanwhile; this raises if it does not.
            await self._engine.ping()
            raise PullFailedError(f"the pull of {image.repository} stalled: {error}") from error
