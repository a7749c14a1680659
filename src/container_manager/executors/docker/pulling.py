"""Bringing images: one pull per image at a time, however many attempts wait for it.

A pull belongs to those who wait for it. Each of them has its own limit on silence and may leave at any time; when the
last one has left, the pull is broken off, and the engine with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from container_manager.executors.base import PullProgress
from container_manager.executors.docker.credentials import RegistryLogins
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineResponseError, EngineUnreachableError, PullFailedError
from container_manager.executors.docker.image import ImageReference
from container_manager.executors.docker.pull_failures import is_transient
from container_manager.executors.docker.pull_progress import PullMeter
from container_manager.runspec.spec import RegistryCredentials

#: How long a pull may be silent where the job does not say.
DEFAULT_IDLE_SECONDS: Final = 120.0

#: A proxy's answer before the engine, or a registry's: asking the engine tells which.
_PROXY_STATUSES: Final = frozenset({502, 503, 504})

_Ticket = tuple[ImageReference, RegistryCredentials | None]
"""Whoever has the same one shares a pull: what one may not see must not be refused to, or brought for, another."""


class Puller:
    """Pulls for one engine."""

    def __init__(
        self, engine: EngineClient, logins: RegistryLogins, *, idle_seconds: float = DEFAULT_IDLE_SECONDS
    ) -> None:
        self._engine = engine
        self._logins = logins
        self._idle_seconds = idle_seconds
        self._pulls: dict[_Ticket, SharedPull] = {}

    def join(self, image: ImageReference, credentials: RegistryCredentials | None) -> SharedPull:
        """Return the pull of this image, a new one where none is under way. Wait for it at once."""
        ticket = (image, credentials)
        pull = self._pulls.get(ticket)
        if pull is None or pull.is_over:
            pull = SharedPull(self._engine, self._logins, image, credentials, self._idle_seconds)
            pull.when_over(lambda over: self._forget(ticket, over))
            self._pulls[ticket] = pull
        return pull

    async def close(self) -> None:
        """End what is under way."""
        await asyncio.gather(*(pull.close() for pull in list(self._pulls.values())))

    def _forget(self, ticket: _Ticket, pull: SharedPull) -> None:
        if self._pulls.get(ticket) is pull:
            del self._pulls[ticket]


class SharedPull:
    """One pull under way, and those who wait for it."""

    def __init__(
        self,
        engine: EngineClient,
        logins: RegistryLogins,
        image: ImageReference,
        credentials: RegistryCredentials | None,
        idle_seconds: float,
    ) -> None:
        self._engine = engine
        self._logins = logins
        self._image = image
        self._credentials = credentials
        self._idle_seconds = idle_seconds
        self._meter = PullMeter()
        self._waiting = 0
        self._last_sign = asyncio.get_running_loop().time()
        self._is_left = False
        self._task = asyncio.create_task(self._run(), name=f"pull {image.repository}")

    @property
    def is_over(self) -> bool:
        """Whether nobody can join it any more."""
        return self._is_left or self._task.done()

    @property
    def progress(self) -> PullProgress:
        """How far it has come."""
        return self._meter.progress(f"{self._image.repository}:{self._image.version}")

    async def wait(self, idle_seconds: float | None) -> None:
        """Wait until the image is there. ``idle_seconds`` bounds each silence, ``None`` is the usual limit.

        Raises :class:`PullFailedError`, or :class:`EngineUnreachableError` where it is the engine that is gone.
        """
        limit = self._idle_seconds if idle_seconds is None else idle_seconds
        self._waiting += 1
        try:
            while not self._task.done():
                left = self._last_sign + limit - asyncio.get_running_loop().time()
                if left <= 0:
                    await self._stalled(limit)
                await asyncio.wait([self._task], timeout=left)
            if self._task.cancelled():
                raise EngineUnreachableError("the pull was broken off: this executor was closed")
            self._task.result()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._is_left = True
                self._task.cancel()

    async def close(self) -> None:
        """Break it off."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def when_over(self, call: Callable[[SharedPull], None]) -> None:
        """Call this, with the pull, once it is over."""
        self._task.add_done_callback(lambda _: call(self))

    async def _stalled(self, limit: float) -> None:
        # Silence is the registry's, if the engine answers meanwhile; this raises if it does not.
        await self._engine.ping()
        message = f"the pull of {self._image.repository} stalled: nothing came for {limit:g} s"
        raise PullFailedError(message, transient=True)

    async def _run(self) -> None:
        login = await self._logins.login(self._image.repository, self._credentials)
        try:
            steps = self._engine.pull(self._image.repository, self._image.version, auth=login.header)
            async with aclosing(steps) as lines:
                async for step in lines:
                    self._last_sign = asyncio.get_running_loop().time()
                    self._meter.take(step)
                    if step.error:
                        raise self._failed(step.error_detail.code or None, step.error, login.trouble)
        except EngineResponseError as error:
            if error.status in _PROXY_STATUSES:
                await self._engine.ping()
            raise self._failed(error.status, error.message, login.trouble) from error

    def _failed(self, status: int | None, message: str, trouble: str) -> PullFailedError:
        for secret in (self._credentials.password, self._credentials.identity_token) if self._credentials else ():
            message = message.replace(secret, "[secret]") if secret else message
        note = f" (nobody was logged in: {trouble})" if trouble else ""
        return PullFailedError(message + note, transient=is_transient(status, message))
