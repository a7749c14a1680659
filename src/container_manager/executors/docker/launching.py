"""The steps of a launch: create, bring the image, adopt what exists, start, and leave nothing behind when refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from container_manager.executors.base import AttemptKey, InputFile, LaunchRefusedError
from container_manager.executors.docker import wire
from container_manager.executors.docker.accounting import Accounting
from container_manager.executors.docker.archives import put_inputs
from container_manager.executors.docker.engine import REMEMBERED_EVENTS, EngineClient
from container_manager.executors.docker.errors import (
    EngineConflictError,
    EngineNotFoundError,
    EngineResponseError,
    EngineUnreachableError,
)
from container_manager.executors.docker.images import Images
from container_manager.executors.docker.observation import refused
from container_manager.executors.docker.refusals import (
    create_refusal,
    half_started,
    ignored,
    may_be_ignored,
    start_refusal,
)
from container_manager.executors.docker.secret_files import SecretFiles
from container_manager.executors.docker.translate import create_body, key_of
from container_manager.fault_points import fault_point
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec

#: Answers of a proxy before the engine, or of an engine that is not ready: nothing is decided by them.
_NOT_NOW: Final = frozenset({502, 503, 504})

#: A name is reserved a moment before its container can be inspected.
_INSPECT_TRIES: Final = 40
_INSPECT_PAUSE_SECONDS: Final = 0.05


#: For so long a container that is not started, though something ran for it, may still be starting.
_HALF_STARTED_LOOKS: Final = 10
_HALF_STARTED_PAUSE_SECONDS: Final = 0.5

#: An engine that does not remember making a container is asked twice.
_MEMORY_LOOKS: Final = 2
_MEMORY_PAUSE_SECONDS: Final = 1.0


class Launcher:
    """Launches attempts on one engine."""

    def __init__(self, engine: EngineClient, accounting: Accounting, images: Images, secret_files: SecretFiles) -> None:
        self._engine = engine
        self._accounting = accounting
        self._images = images
        self._secret_files = secret_files
        self._unsent: set[str] = set()
        """What was made here, and the engine was not yet asked to start."""

    async def launch(self, key: AttemptKey, spec: RunSpec, inputs: Sequence[InputFile] = ()) -> str:
        """Start the attempt, or adopt it, and return its container's id.

        Raises :class:`LaunchRefusedError` or an engine's error.
        """
        if may_be_ignored(spec) and (refusal := ignored(spec, await self._engine.info())):
            raise refusal
        await self._images.bring_newest(key, spec)
        container_id, is_ours_to_start = await self._create_or_adopt(key, spec)
        if not is_ours_to_start:
            return container_id
        try:
            await put_inputs(self._engine, key.name, spec, inputs)
        except LaunchRefusedError:
            self._unsent.discard(key.name)
            await self._engine.remove(key.name)
            await self._accounting.forget(key.name)
            await self._secret_files.forget(key.name)
            raise
        fault_point("starting")
        self._unsent.discard(key.name)
        try:
            await self._engine.start(key.name)
        except EngineResponseError as error:
            raise await self._refuse_start(key.name, spec, error) from error
        fault_point("started")
        await self._accounting.started(key.name, container_id)
        return container_id

    async def close(self) -> None:
        """End pulls that are under way."""
        await self._images.close()

    async def _create_or_adopt(self, key: AttemptKey, spec: RunSpec) -> tuple[str, bool]:
        """Return the container's id and whether it is still to be started."""
        cgroup_parent = await self._accounting.prepare(key.name, spec.cpu_limit)
        try:
            fault_point("creating")
            created = await self._create(key, spec, cgroup_parent)
        except EngineConflictError as conflict:
            container = await self._existing(key, conflict)
            # One whose start was refused has the code of the refusal: starting it again tells why.
            if container.state.status == "created" and not container.state.exit_code and key.name not in self._unsent:
                if await self._is_half_started(key.name, container):
                    raise await self._refuse_half_started(key.name) from conflict
                container = await self._existing(key, conflict)
            return container.id, container.state.status == "created"
        except LaunchRefusedError:
            await self._accounting.forget(key.name)
            await self._secret_files.forget(key.name)
            raise
        else:
            self._unsent.add(key.name)
            fault_point("created")
            return created, True

    async def _create(self, key: AttemptKey, spec: RunSpec, cgroup_parent: str | None) -> str:
        body = create_body(key, await self._secret_files.place(key.name, spec), cgroup_parent=cgroup_parent)
        try:
            try:
                return await self._engine.create(key.name, body)
            except EngineNotFoundError as error:
                # A launch may be broken off while an image is brought: until then nothing of the attempt is left.
                await self._accounting.forget(key.name)
                await self._secret_files.forget(key.name)
                await self._images.bring_missing(key, spec, error)
                await self._accounting.prepare(key.name, spec.cpu_limit)
                await self._secret_files.place(key.name, spec)
                return await self._engine.create(key.name, body)
        except EngineConflictError:
            raise
        except EngineNotFoundError as error:
            raise refused(error.message, reason=FailureReason.IMAGE) from error
        except EngineResponseError as error:
            raise self._secret_files.refusal(key.name, error) or _refused_create(spec, error) from error

    async def _existing(self, key: AttemptKey, conflict: EngineConflictError) -> wire.Container:
        for _ in range(_INSPECT_TRIES):
            try:
                container = await self._engine.inspect(key.name)
            except EngineNotFoundError:
                await asyncio.sleep(_INSPECT_PAUSE_SECONDS)
                continue
            if key_of(container.config.labels) != key:
                raise refused(conflict.message) from conflict
            return container
        raise EngineUnreachableError(
            f"the name {key.name} is taken by a container that cannot be inspected"
        ) from conflict

    async def _is_half_started(self, name: str, container: wire.Container) -> bool:
        """Whether the engine died while it started the container, and takes it for one that never was when it is back.

        What ran in the container's group may have been the program. Where no group can be read, all that is made and
        not started is doubtful once the engine has begun anew.
        """
        if await self._ran_in_its_group(name):
            return True
        return not await self._accounting.sees(container) and await self._is_of_an_earlier_engine(container.id)

    async def _is_of_an_earlier_engine(self, container_id: str) -> bool:
        """Whether the engine was started again after it had made the container: then it does not remember doing so.

        One that has forgotten about it for all that happened since is believed.
        """
        for _ in range(_MEMORY_LOOKS):
            events = await self._engine.past_events()
            if len(events) >= REMEMBERED_EVENTS:
                return False
            if any(event.action == "create" and event.actor.id == container_id for event in events):
                return False
            await asyncio.sleep(_MEMORY_PAUSE_SECONDS)  # it may be made at this very moment
        return True

    async def _ran_in_its_group(self, name: str) -> bool:
        """Whether something ran for it and it does not show as started, as one whose start is under way soon does."""
        for _ in range(_HALF_STARTED_LOOKS):
            if not await self._accounting.may_have_run(name):
                return False
            await asyncio.sleep(_HALF_STARTED_PAUSE_SECONDS)
            try:
                if (await self._engine.inspect(name)).state.status != "created":
                    return False
            except EngineNotFoundError:
                return False
        return True

    async def _refuse_half_started(self, name: str) -> LaunchRefusedError:
        """Remove it, and return what to raise: it is not run again by itself, whatever it has done."""
        await self._engine.remove(name)
        await self._accounting.forget(name)
        await self._secret_files.forget(name)
        return half_started()

    async def _refuse_start(self, name: str, spec: RunSpec, error: EngineResponseError) -> Exception:
        """Remove what could not be started, and return what to raise."""
        if error.status in _NOT_NOW:
            return error
        try:
            container = await self._engine.inspect(name)
            await self._engine.remove(name)
        except EngineNotFoundError:
            # Another launch of this attempt was refused meanwhile and has removed it: ask again.
            return EngineUnreachableError(f"the container {name} disappeared while it was started: {error.message}")
        except EngineConflictError:
            # That other launch is removing it now.
            container = None
        await self._accounting.forget(name)
        await self._secret_files.forget(name)
        return start_refusal(spec, error.message, container.state if container else None)


def _refused_create(spec: RunSpec, error: EngineResponseError) -> Exception:
    return error if error.status in _NOT_NOW else create_refusal(spec, error)
