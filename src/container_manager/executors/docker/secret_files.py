"""Secrets as files of a container: kept in this machine's memory, and mounted one by one, read-only.

That needs an engine on this machine. Whether it really sees our memory is proved by its taking the mount.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath

from container_manager.executors.archive import owner_of
from container_manager.executors.base import LaunchRefusedError
from container_manager.executors.docker.address import Endpoint
from container_manager.executors.docker.errors import EngineResponseError
from container_manager.executors.secret_room import VARIABLE, SecretRoom, secret_room, unsupported
from container_manager.runspec.spec import Mount, MountKind, RunSpec

#: Where files go that are given without a directory.
DIRECTORY = PurePosixPath("/run/secrets")


class SecretFiles:
    """The secret files of one engine's containers."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._room: SecretRoom | None = (
            secret_room(endpoint.base_url + path) if (path := endpoint.socket_path) else None
        )

    @property
    def are_possible(self) -> bool:
        """Whether this worker can have any."""
        return self._room is not None

    async def place(self, name: str, spec: RunSpec) -> RunSpec:
        """Write the attempt's secret files, and return the spec that mounts them.

        Raises :class:`~container_manager.executors.base.LaunchRefusedError` where they cannot be given.
        """
        if not spec.secret_files:
            return spec
        if self._room is None:
            raise unsupported("the engine is not on this machine, and they may not travel over a disk")
        owner = owner_of(spec.user) if (spec.user or "").partition(":")[0].isdecimal() else None
        try:
            places = await asyncio.to_thread(self._room.place, name, spec.secret_files, owner=owner)
        except OSError as error:
            raise unsupported(f"this machine's memory cannot be written: {error}") from error
        mounts = tuple(
            Mount(kind=MountKind.BIND, source=str(place), target=str(DIRECTORY / file.path), read_only=True)
            for place, file in zip(places, spec.secret_files, strict=True)
        )
        environment = {VARIABLE: str(DIRECTORY), **spec.environment}
        return replace(spec, mounts=(*spec.mounts, *mounts), environment=environment)

    def refusal(self, name: str, error: EngineResponseError) -> LaunchRefusedError | None:
        """Return what a refused creation means, if it was refused for our files: the engine does not see them."""
        if self._room is not None and str(self._room.directory(name)) in error.message:
            return unsupported("the engine does not see this machine's memory (/dev/shm)")
        return None

    async def forget(self, name: str) -> None:
        """Remove an attempt's files."""
        if self._room is not None and self._room.has(name):
            await asyncio.to_thread(self._room.forget, name)

    async def sweep(self, installation: str, known: Collection[str]) -> None:
        """Remove the files of attempts that have no container (any more)."""
        if self._room is not None:
            await asyncio.to_thread(self._room.sweep, installation, known)
