"""The treaty of ``executors.base``, kept by a platform in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from container_manager.executors.archive import archive_of_contents, content_of
from container_manager.executors.base import (
    AttemptKey,
    Capabilities,
    Capacity,
    Exited,
    Fingerprint,
    Found,
    Handle,
    Hint,
    InputFile,
    InputUnreadableError,
    LaunchRefusedError,
    LogCursor,
    LogFrame,
    Lost,
    Observation,
    OutputMissingError,
    Prepared,
    PullProgress,
    Running,
    Sample,
    Stream,
    StreamPosition,
)
from container_manager.executors.fake.platform import FakeMisuseError, FakePlatform, platform
from container_manager.executors.fake.program import SIGKILL, FakeAttempt
from container_manager.executors.registry import HostConfig
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec

_NANO = 1_000_000_000

EVERYTHING = Capabilities(**dict.fromkeys(Capabilities.__dataclass_fields__, True))


def build(config: HostConfig) -> FakeExecutor:
    """Return an executor on the platform that bears the host's name."""
    if config.address or config.options:
        raise ValueError("the fake executor takes no address and no options; script it by fake.platform(name)")
    return FakeExecutor(platform(config.name))


class FakeExecutor:
    """Runs scripted programs. A handle is the attempt's name."""

    def __init__(self, on: FakePlatform, *, capabilities: Capabilities = EVERYTHING) -> None:
        self._platform = on
        self._capabilities = capabilities
        self._closed = False

    @property
    def capabilities(self) -> Capabilities:
        """What it claims to honor."""
        return self._capabilities

    async def check_health(self) -> Fingerprint:
        """Say whether the platform is up."""
        self._refuse_when_closed()
        down = self._platform.down
        return Fingerprint(healthy=not down, detail=down or "the fake platform is well", version="fake")

    async def capacity(self) -> Capacity:
        """Return a machine of a size to count with."""
        self._check()
        return Capacity(memory_mb=4096, cpus=4.0)

    async def launch(self, key: AttemptKey, spec: RunSpec, inputs: Sequence[InputFile] = ()) -> Handle:
        """Start the scripted program, or adopt the attempt."""
        self._check()
        try:
            contents = {file.path: b"".join(content_of(file)) for file in inputs}
        except InputUnreadableError as error:
            raise LaunchRefusedError(str(error), reason=FailureReason.LAUNCH_REFUSED) from error
        self._platform.launch(key, spec, contents)
        return key.name

    def pull_progress(self, key: AttemptKey) -> PullProgress | None:
        """Nothing is ever pulled here."""
        return None

    async def adopt(self, installation: str) -> Sequence[Found]:
        """List what is held of this installation."""
        self._check()
        ours = sorted(self._platform.held_by(installation), key=lambda one: one.key)
        return [Found(key=one.key, handle=one.key.name, observation=self._observe(one)) for one in ours]

    async def watch(self, installation: str) -> AsyncIterator[Hint]:
        """Follow what the platform announces from now on."""
        self._check()
        position = len(self._platform.announced())
        while not self._closed:
            self._platform.check()
            hints = self._platform.announced()
            for hint in hints[position:]:
                position += 1
                if hint.key.installation == installation:
                    yield hint
            if position == len(self._platform.announced()) and not self._closed:
                await self._platform.wait_for_change(self._platform.held_by(installation))

    async def logs(self, handle: Handle, *, cursor: LogCursor, follow: bool) -> AsyncIterator[LogFrame]:
        """Yield what the program has written behind the cursor."""
        self._check()
        while (attempt := self._platform.get(handle)) is not None:
            is_over = attempt.is_over(self._platform.time.now())
            for frame in _frames_behind(attempt, cursor, self._platform.time.now()):
                cursor = frame.cursor
                yield frame
            if is_over or not follow:
                return
            await self._platform.wait_for_change([attempt])
            self._check()

    async def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """Send the stop signal, and SIGKILL after the grace."""
        self._check()
        if grace_seconds < 0:
            raise FakeMisuseError(f"a grace of {grace_seconds} seconds")
        time, attempt = self._platform.time, self._platform.get(handle)
        if attempt is None or attempt.started_at is None or attempt.is_over(time.now()):
            return
        self._platform.signal(attempt, attempt.stop_signal)
        deadline = time.now() + grace_seconds
        while not attempt.is_over(now := time.now()) and now < deadline:
            await time.sleep(min(deadline, attempt.ends_at) - now)
        if not attempt.is_over(time.now()):
            self._platform.signal(attempt, SIGKILL)

    async def outcome(self, handle: Handle) -> Observation:
        """Say what is true of the attempt now."""
        self._check()
        attempt = self._platform.get(handle)
        return Lost(detail=f"the fake platform holds no {handle}") if attempt is None else self._observe(attempt)

    async def sample(self, handles: Collection[Handle]) -> Mapping[Handle, Sample]:
        """Say what running programs use: of their usage as scripted, the CPU time evenly over the time they last."""
        self._check()
        now = self._platform.time.now()
        attempts = [attempt for handle in handles if (attempt := self._platform.get(handle)) is not None]
        samples = {attempt.key.name: attempt.sample(now) for attempt in attempts}
        return {handle: sample for handle, sample in samples.items() if sample is not None}

    async def output(self, handle: Handle, path: str) -> AsyncIterator[bytes]:
        """Yield what the program leaves at this path."""
        self._check()
        attempt = self._platform.get(handle)
        files = {} if attempt is None else attempt.program.files
        wanted = {name: data for name, data in files.items() if PurePosixPath(name).is_relative_to(path)}
        if not wanted:
            raise OutputMissingError(f"there is nothing at {path}")
        for piece in archive_of_contents(path, wanted):
            yield piece

    async def remove(self, handle: Handle) -> None:
        """Forget the attempt."""
        self._check()
        self._platform.remove(handle)

    async def close(self) -> None:
        """End watchers. Attempts keep running."""
        self._closed = True
        self._platform.wake()

    def _observe(self, attempt: FakeAttempt) -> Prepared | Running | Exited:
        if attempt.started_at is None:
            return Prepared()
        started_at = datetime.fromtimestamp(attempt.started_at, tz=UTC)
        if not attempt.is_over(self._platform.time.now()):
            return Running(started_at=started_at)
        program, killed_by = attempt.program, attempt.killed_by if attempt.was_killed else None
        return Exited(
            exit_code=program.code if killed_by is None else 128 + killed_by,
            signal=program.signal if killed_by is None else killed_by,
            oom_killed=program.oom_killed and killed_by is None,
            started_at=started_at,
            finished_at=datetime.fromtimestamp(attempt.ends_at, tz=UTC),
            usage=program.usage,
        )

    def _check(self) -> None:
        self._refuse_when_closed()
        self._platform.check()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise FakeMisuseError("this executor was closed")


def _frames_behind(attempt: FakeAttempt, cursor: LogCursor, now: float) -> Iterator[LogFrame]:
    """Yield what was written by now and lies behind the cursor."""
    reached: dict[Stream, StreamPosition] = {}
    for at, write in attempt.written(now):
        nanoseconds, last = int(at * _NANO), reached.get(write.stream)
        frames = last.frames + 1 if last is not None and last.nanoseconds == nanoseconds else 1
        position = reached[write.stream] = StreamPosition(nanoseconds=nanoseconds, frames=frames)
        if _is_behind(position, cursor.stdout if write.stream is Stream.STDOUT else cursor.stderr):
            if write.stream is Stream.STDOUT:
                cursor = replace(cursor, stdout=position)
            else:
                cursor = replace(cursor, stderr=position)
            written_at = datetime.fromtimestamp(at, tz=UTC)
            yield LogFrame(stream=write.stream, written_at=written_at, data=write.data, cursor=cursor)


def _is_behind(position: StreamPosition, read: StreamPosition | None) -> bool:
    return read is None or (position.nanoseconds, position.frames) > (read.nanoseconds, read.frames)
