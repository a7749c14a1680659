"""Runs commands plainly on this machine: no engine, no image, nothing kept apart from the host.

Each attempt has a directory (``directory.py``) and a shim (``shim/``) that outlives the worker; this class only asks
and tells them. Everything that touches files runs in threads.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from container_manager.executors.archive import archive_of_path, in_thread
from container_manager.executors.base import (
    AttemptKey,
    Capabilities,
    Capacity,
    ExecutorUnavailableError,
    Exited,
    Fingerprint,
    Found,
    Handle,
    Hint,
    HintKind,
    InputFile,
    LogCursor,
    LogFrame,
    Lost,
    Observation,
    OutputMissingError,
    Prepared,
    PullProgress,
    Sample,
)
from container_manager.executors.process import launching, leftovers, room, translate
from container_manager.executors.process.belongings import Belongings
from container_manager.executors.process.cgroups import Hierarchy, find_hierarchy
from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.log_reader import LogReader
from container_manager.executors.process.observing import observe
from container_manager.executors.process.sampling import Sampler
from container_manager.executors.process.shim import kernel
from container_manager.executors.process.threads import call_in_thread
from container_manager.executors.registry import HostConfig
from container_manager.executors.secret_room import secret_room
from container_manager.runspec.spec import RunSpec

#: How often files are looked at while something is waited for. They are local, and a look costs some microseconds.
WATCH_SECONDS = 0.2
WAIT_SECONDS = 0.02

#: How long beyond its grace a stop is left to the shim.
STOP_PATIENCE_SECONDS = 15.0

_LEAST_BYTES_PER_SECOND = 1024 * 1024


def build(config: HostConfig) -> ProcessExecutor:
    """Return an executor for this machine.

    Options: ``root``, the directory that holds the attempts, and ``cgroups`` (``True``), whether to make control groups
    where that is possible. Raises ``ValueError`` for an address, another option, or a wrong value.
    """
    if config.address:
        raise ValueError(f"the process executor runs on this machine: leave the address empty, not {config.address!r}")
    unknown = sorted(set(config.options) - {"root", "cgroups"})
    if unknown:
        raise ValueError(f"the process executor has no option {', '.join(unknown)}; it has: cgroups, root")
    root, use_groups = config.options.get("root"), config.options.get("cgroups", True)
    if not isinstance(root, str | Path | None) or not isinstance(use_groups, bool):
        raise ValueError("the option root is a path, and cgroups is true or false")  # noqa: TRY004  the treaty's kind
    hierarchy = find_hierarchy(*room.own_position()) if use_groups else None
    return ProcessExecutor(Path(root).absolute() if root is not None else room.default_root(), hierarchy)


class ProcessExecutor:
    """The treaty's executor for plain processes of this machine."""

    def __init__(self, root: Path, hierarchy: Hierarchy | None) -> None:
        self._root = root
        self._hierarchy = hierarchy
        self._secrets = secret_room(f"process {root}")
        self._sampler = Sampler(root)
        self._closed = asyncio.Event()
        self._logs = LogReader()

    @property
    def capabilities(self) -> Capabilities:
        """What can be honored here; the limits of CPU and processes only with control groups."""
        controllers = self._hierarchy.controllers if self._hierarchy is not None else frozenset[str]()
        return Capabilities(
            isolated=False,
            images=False,
            mounts=False,
            memory_limit=True,
            cpu_limit="cpu" in controllers,
            users=os.geteuid() == 0,
            networks=False,
            pids_limit="pids" in controllers,
            hardening=False,
            entrypoints=True,
            ulimits=True,
            stop_signals=True,
            secret_files=self._secrets is not None,
            transfers=True,
        )

    async def check_health(self) -> Fingerprint:
        """Say whether attempts can be kept on this machine."""
        try:
            await asyncio.to_thread(room.prepare_root, self._root)
        except OSError as error:
            return Fingerprint(healthy=False, detail=f"cannot keep attempts in {self._root}: {error}")
        limits = f"control groups v{self._hierarchy.version}" if self._hierarchy is not None else "rlimits only"
        detail = f"this machine, not isolated, {limits}, attempts in {self._root}"
        return Fingerprint(healthy=True, detail=detail, version=f"{platform.system()} {platform.release()}")

    async def capacity(self) -> Capacity:
        """Return this machine's memory and the processors we may use."""
        memory = room.total_memory_mb(kernel.read_text("/proc/meminfo"))
        return Capacity(memory_mb=memory, cpus=float(len(os.sched_getaffinity(0))))

    async def launch(self, key: AttemptKey, spec: RunSpec, inputs: Sequence[InputFile] = ()) -> Handle:
        """Start the attempt, or adopt it. See the treaty."""
        translate.refuse_unsupported(spec, self.capabilities)
        spec = translate.with_whole_command(spec)
        translate.refuse_unusable(spec)
        belongings = Belongings(room=self._secrets, inputs=inputs)
        belongings.refuse_unusable(spec)
        await call_in_thread(room.prepare_root, self._root)
        directory = AttemptDirectory(self._root, key.name)
        try:
            async with asyncio.timeout(_patience(inputs)):
                while not await call_in_thread(launching.launch, directory, spec, self._hierarchy, belongings):  # noqa: ASYNC110  it is another process that is waited for
                    await asyncio.sleep(WAIT_SECONDS)
        except TimeoutError as error:
            raise ExecutorUnavailableError(f"somebody else is launching {key.name} and does not finish") from error
        return key.name

    def pull_progress(self, key: AttemptKey) -> PullProgress | None:
        """Nothing is ever pulled here."""
        return None

    async def adopt(self, installation: str) -> Sequence[Found]:
        """List this installation's attempts on this machine."""
        return await call_in_thread(self._adopt, installation)

    async def watch(self, installation: str) -> AsyncIterator[Hint]:
        """Look at the directories a few times a second and tell what changed. Starts with what is there."""
        told: dict[AttemptKey, frozenset[HintKind]] = {}
        while not self._closed.is_set():
            for hint in await call_in_thread(self._news, installation, told):
                told[hint.key] = told.get(hint.key, frozenset()) | {hint.kind}
                if hint.kind is HintKind.REMOVED:
                    del told[hint.key]
                yield hint
            try:
                await asyncio.wait_for(self._closed.wait(), WATCH_SECONDS)
            except TimeoutError:
                continue

    async def logs(self, handle: Handle, *, cursor: LogCursor, follow: bool) -> AsyncIterator[LogFrame]:
        """Yield the frames behind the cursor. See the treaty."""
        directory = self._directory(handle)
        if directory is None:
            return
        async with aclosing(self._logs.frames(directory, cursor=cursor, follow=follow)) as frames:
            async for frame in frames:
                yield frame

    async def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """Have the shim end the attempt; end it ourselves where the shim cannot. See the treaty."""
        directory = self._directory(handle)
        if directory is None:
            return
        asked = False
        patience_ends = asyncio.get_running_loop().time() + grace_seconds + STOP_PATIENCE_SECONDS
        while await call_in_thread(directory.is_held):
            if not asked and await call_in_thread(directory.has_started):
                asked = await call_in_thread(directory.request_stop, grace_seconds)
            over_time = asyncio.get_running_loop().time() - patience_ends
            if over_time > STOP_PATIENCE_SECONDS:
                raise ExecutorUnavailableError(
                    f"{handle} could not be stopped: something holds it that is not its shim"
                )
            if over_time > 0:
                await call_in_thread(leftovers.end_shim, directory)
            await asyncio.sleep(WAIT_SECONDS)
        await call_in_thread(observe, directory)  # which ends what a dead shim left behind

    async def outcome(self, handle: Handle) -> Observation:
        """Say how the attempt stands."""
        directory = self._directory(handle)
        if directory is None:
            return Lost(detail=f"no attempt is called {handle!r}")
        return await call_in_thread(observe, directory)

    async def sample(self, handles: Collection[Handle]) -> Mapping[Handle, Sample]:
        """Measure what these attempts use now."""
        return await call_in_thread(self._sampler.sample, tuple(handles))

    async def output(self, handle: Handle, path: str) -> AsyncIterator[bytes]:
        """Read what is at this path in the scratch directory. See the treaty."""
        directory = self._directory(handle)
        if directory is None:
            raise OutputMissingError(f"no attempt is called {handle!r}")
        try:
            async with aclosing(in_thread(archive_of_path(directory.scratch, path))) as pieces:
                async for piece in pieces:
                    yield piece
        except OSError as error:
            raise OutputMissingError(f"{path} cannot be read: {error}") from error

    async def remove(self, handle: Handle) -> None:
        """Remove the attempt, ending it first where it still runs."""
        directory = self._directory(handle)
        if directory is None:
            return
        self._logs.forget(handle)
        while await call_in_thread(directory.exists):
            await self.stop(handle, grace_seconds=0)
            if await call_in_thread(room.remove_attempt, directory):
                break
            await asyncio.sleep(WAIT_SECONDS)
        await call_in_thread(Belongings(room=self._secrets).forget, handle)

    async def close(self) -> None:
        """End the watchers. Attempts keep running."""
        self._closed.set()

    def _directory(self, handle: Handle) -> AttemptDirectory | None:
        return AttemptDirectory(self._root, handle) if translate.key_of(handle) is not None else None

    def _adopt(self, installation: str) -> list[Found]:
        found = []
        room.finish_removals(self._root, installation)
        keys = room.keys_in(self._root, installation)
        if self._secrets is not None:
            self._secrets.sweep(installation, {key.name for key in keys})
        for key in keys:
            directory = AttemptDirectory(self._root, key.name)
            observation = observe(directory)
            if not isinstance(observation, Lost) or directory.exists():
                found.append(Found(key=key, handle=key.name, observation=observation))
        return found

    def _news(self, installation: str, told: dict[AttemptKey, frozenset[HintKind]]) -> list[Hint]:
        keys = room.keys_in(self._root, installation)
        news = [Hint(kind=HintKind.REMOVED, key=key) for key in told if key not in keys]
        for key in keys:
            before, directory = told.get(key, frozenset()), AttemptDirectory(self._root, key.name)
            # What was told to have started has no news while its shim holds the lock: one look per attempt.
            if HintKind.ENDED not in before and not (HintKind.STARTED in before and directory.is_held()):
                now = _kinds(observe(directory))
                news += [Hint(kind=kind, key=key) for kind in now if kind not in before]
        return news


def _kinds(observation: Observation) -> list[HintKind]:
    match observation:
        case Prepared():
            return []
        case Exited(oom_killed=True):
            return [HintKind.STARTED, HintKind.OOM, HintKind.ENDED]
        case Exited() | Lost():
            return [HintKind.STARTED, HintKind.ENDED]
        case _:
            return [HintKind.STARTED]


def _patience(inputs: Sequence[InputFile]) -> float:
    """Return how many seconds a launch may take, which writes the inputs too."""
    return 2 * launching.ANSWER_SECONDS + sum(file.size for file in inputs) / _LEAST_BYTES_PER_SECOND
