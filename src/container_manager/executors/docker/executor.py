"""Runs attempts as containers of one Docker engine. Talks; what to say is decided in the pure modules beside it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import Final

from container_manager.executors.base import (
    AttemptKey,
    Capabilities,
    Capacity,
    ExecutorUnavailableError,
    Fingerprint,
    Found,
    Handle,
    Hint,
    InputFile,
    LogCursor,
    LogFrame,
    Lost,
    Observation,
    Prepared,
    PullProgress,
    Running,
    Sample,
    Stream,
    Usage,
)
from container_manager.executors.docker import archives, wire
from container_manager.executors.docker.accounting import Accounting
from container_manager.executors.docker.address import endpoint_of
from container_manager.executors.docker.credentials import RegistryLogins, config_directory
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineConflictError, EngineError, EngineNotFoundError
from container_manager.executors.docker.images import Images
from container_manager.executors.docker.launching import Launcher
from container_manager.executors.docker.log_source import LogSource
from container_manager.executors.docker.logreading import LogReader
from container_manager.executors.docker.observation import (
    RUNNING_STATES,
    WATCHED_ACTIONS,
    may_be_out_of_memory,
    observation_of,
)
from container_manager.executors.docker.owned import OwnedContainers
from container_manager.executors.docker.secret_files import SecretFiles
from container_manager.executors.docker.tls import tls_option
from container_manager.executors.docker.translate import INSTALLATION_LABEL, key_of
from container_manager.executors.docker.watching import Watcher
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec

#: Inspections at once while adopting; more only queue inside the engine.
_INSPECTIONS: Final = 8

_FOLLOW_PAUSE_SECONDS: Final = 0.02

#: A container that was killed with its memory all used is looked at so often, until the engine says why.
_OOM_LOOKS: Final = 4
_OOM_PAUSE_SECONDS: Final = 0.25


def build(config: HostConfig) -> DockerExecutor:
    """Return an executor for the engine at the host's address, ``DOCKER_HOST``, or the local socket.

    The option ``tls`` names the files for TLS. Raises ``ValueError`` for another option, a wrong value, or an address
    that cannot be spoken to.
    """
    unknown = sorted(set(config.options) - {"tls"})
    if unknown:
        raise ValueError(f"the docker executor has no option {', '.join(unknown)}; it has: tls")
    tls = tls_option(config.options.get("tls"))
    return DockerExecutor(EngineClient(endpoint_of(config.address, os.environ, tls)))


class DockerExecutor:
    """The treaty of ``executors.base``, kept with one engine. A handle is the name of the attempt's container."""

    def __init__(self, engine: EngineClient, *, logins: RegistryLogins | None = None) -> None:
        self._engine = engine
        self._accounting = Accounting(engine)
        self._logs = LogSource(engine)
        self._secret_files = SecretFiles(engine.endpoint)
        self._images = Images(engine, logins or RegistryLogins(config_directory(os.environ)))
        self._launcher = Launcher(engine, self._accounting, self._images, self._secret_files)
        self._owned = OwnedContainers(engine)
        self._watchers: set[Watcher] = set()

    @property
    def capabilities(self) -> Capabilities:
        """Everything: the engine honors each field of a spec."""
        return Capabilities(
            isolated=True,
            images=True,
            mounts=True,
            memory_limit=True,
            cpu_limit=True,
            users=True,
            networks=True,
            pids_limit=True,
            hardening=True,
            entrypoints=True,
            swap_limit=True,
            shm_size=True,
            gpus=True,
            ulimits=True,
            stop_signals=True,
            ports=True,
            name_resolution=True,
            secret_files=self._secret_files.are_possible,
            secret_paths=True,
            transfers=True,
        )

    async def check_health(self) -> Fingerprint:
        """Ping the engine and ask for its version."""
        began = time.perf_counter()
        try:
            await self._engine.ping()
            latency = time.perf_counter() - began
            version = await self._engine.version()
        except EngineError as error:
            return Fingerprint(healthy=False, detail=str(error))
        detail = f"Docker Engine {version.version}, API {version.api_version}, at {self._engine.endpoint.address}"
        return Fingerprint(healthy=True, detail=detail, version=version.version, latency_seconds=latency)

    async def capacity(self) -> Capacity:
        """Ask the engine for its machine's size."""
        with _unavailable():
            info = await self._engine.info()
        return Capacity(memory_mb=info.memory_bytes // (1024 * 1024) or None, cpus=info.cpus or None)

    async def launch(self, key: AttemptKey, spec: RunSpec, inputs: Sequence[InputFile] = ()) -> Handle:
        """Create and start the attempt's container, bringing its image where it is missing, or adopt it."""
        with _unavailable():
            self._owned.note(key.name, await self._launcher.launch(key, spec, inputs))
        return key.name

    def pull_progress(self, key: AttemptKey) -> PullProgress | None:
        """How far the pull has come that a launch of this attempt waits for."""
        return self._images.progress(key)

    async def adopt(self, installation: str) -> Sequence[Found]:
        """List the containers with our labels."""
        slots = asyncio.Semaphore(_INSPECTIONS)

        async def look(listed: wire.ListedContainer) -> Found | None:
            async with slots:
                return await self._found(listed)

        with _unavailable():
            listed = await self._engine.containers({"label": [f"{INSTALLATION_LABEL}={installation}"]})
            found = await asyncio.gather(*(look(one) for one in listed))
        names = {name.removeprefix("/") for one in listed for name in one.names}
        self._owned.keep_only(names)
        await self._secret_files.sweep(installation, names)
        return sorted((one for one in found if one is not None), key=lambda one: one.key)

    async def watch(self, installation: str) -> AsyncIterator[Hint]:
        """Follow the engine's events about containers with our label."""
        filters = {
            "type": ["container"],
            "label": [f"{INSTALLATION_LABEL}={installation}"],
            "event": list(WATCHED_ACTIONS),
        }
        watcher = Watcher(self._engine, filters)
        self._watchers.add(watcher)
        try:
            with _unavailable():
                async with aclosing(watcher.hints()) as hints:
                    async for hint in hints:
                        yield hint
        finally:
            self._watchers.discard(watcher)

    async def logs(self, handle: Handle, *, cursor: LogCursor, follow: bool) -> AsyncIterator[LogFrame]:
        """Read the container's log from the cursor on.

        The engine ends a followed log also when it rotates its files. So the end of one means "ask again", and only
        what is read after the container's end is the last of it.
        """
        with _unavailable():
            while (container_id := await self._owned.id_of(handle)) is not None:
                is_last = not follow or await self._is_over(handle)
                reading = self._logs.frames(container_id, cursor) if is_last else self._followed(container_id, cursor)
                async with aclosing(reading) as frames:
                    async for frame in frames:
                        cursor = frame.cursor
                        yield frame
                if is_last:
                    return
                await asyncio.sleep(_FOLLOW_PAUSE_SECONDS)

    async def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """Let the engine stop the container."""
        with _unavailable():
            await self._owned.stop(handle, grace_seconds=grace_seconds)

    async def outcome(self, handle: Handle) -> Observation:
        """Inspect the container, and where it is over read what it used."""
        with _unavailable():
            container = await self._owned.inspect(handle)
            if container is None:
                return Lost(detail=f"no container of ours is called {handle} at {self._engine.endpoint.address}")
            return await self._observe(container)

    async def sample(self, handles: Collection[Handle]) -> Mapping[Handle, Sample]:
        """Measure what these attempts use now."""
        with _unavailable():
            return await self._accounting.sample(handles)

    async def output(self, handle: Handle, path: str) -> AsyncIterator[bytes]:
        """Let the engine read the container's files."""
        with _unavailable():
            async with aclosing(archives.output(self._engine, handle, path)) as pieces:
                async for piece in pieces:
                    yield piece

    async def remove(self, handle: Handle) -> None:
        """Remove the container with its log and anonymous volumes, and its cgroup."""
        with _unavailable():
            removed = await self._owned.remove(handle)
            await self._accounting.forget(handle)
            if removed is not None:
                self._logs.forget(removed)
        await self._secret_files.forget(handle)

    async def close(self) -> None:
        """Close connections and watchers."""
        for watcher in tuple(self._watchers):
            await watcher.close()
        await self._launcher.close()
        await self._engine.close()

    async def _is_over(self, handle: Handle) -> bool:
        container = await self._owned.inspect(handle)
        return container is None or _is_over(container)

    async def _observe(self, container: wire.Container) -> Observation:
        usage = await self._accounting.usage(container) if _is_over(container) else Usage()
        for _ in range(_OOM_LOOKS):
            if not may_be_out_of_memory(container, usage):
                break
            # The engine may hear that the kernel was out of memory only after it has heard of the exit.
            await asyncio.sleep(_OOM_PAUSE_SECONDS)
            container = await self._owned.inspect(container.name.removeprefix("/")) or container
        return observation_of(container, usage)

    async def _found(self, listed: wire.ListedContainer) -> Found | None:
        key = key_of(listed.labels)
        if key is None or f"/{key.name}" not in listed.names:
            return None
        if listed.state == "created":
            return Found(key=key, handle=key.name, observation=Prepared())
        if listed.state in RUNNING_STATES:
            return Found(key=key, handle=key.name, observation=Running())
        observation = await self.outcome(key.name)
        return None if isinstance(observation, Lost) else Found(key=key, handle=key.name, observation=observation)

    async def _followed(self, container_id: str, cursor: LogCursor) -> AsyncGenerator[LogFrame, None]:
        reader, streams = LogReader(cursor), tuple(Stream)
        raw = self._engine.logs(container_id, streams=streams, since=reader.since(streams), follow=True)
        try:
            async with aclosing(raw) as batches:
                async for batch in batches:
                    for frame in reader.read(batch):
                        yield frame
        except (EngineNotFoundError, EngineConflictError):
            # Gone, or going, since we looked.
            return


def _is_over(container: wire.Container) -> bool:
    return container.state.status not in {"created", *RUNNING_STATES}


@contextmanager
def _unavailable() -> Iterator[None]:
    """What the engine cannot answer now says nothing about the attempt."""
    try:
        yield
    except EngineError as error:
        raise ExecutorUnavailableError(str(error)) from error
