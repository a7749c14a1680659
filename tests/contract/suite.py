"""The contract suite: what ``executors.base`` promises, put to an executor sentence by sentence.

``tests.contract.harness`` says how to plug an executor in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from container_manager.executors.base import (
    Executor,
    Exited,
    Found,
    Handle,
    Hint,
    HintKind,
    LaunchRefusedError,
    LogCursor,
    LogFrame,
    Lost,
    Prepared,
    Running,
    Stream,
)
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import Mount, MountKind, RunSpec
from tests.contract.harness import Harness

#: Longest wait for a platform under load. Nothing here is a measure of speed.
PATIENCE_SECONDS = 60.0

#: Not UTF-8, with NULs, a character cut in two, and no newline at the end.
BINARY = bytes(range(256)) + b"\x00\x00\xff\xfe\xc3"


async def until_over(executor: Executor, handle: Handle) -> Exited:
    """Ask for the outcome until the attempt is over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            observation = await executor.outcome(handle)
            if isinstance(observation, Exited):
                return observation
            assert isinstance(observation, Running), f"neither running nor over: {observation}"
            await asyncio.sleep(0.02)


async def all_frames(
    executor: Executor, handle: Handle, *, cursor: LogCursor | None = None, follow: bool = False
) -> list[LogFrame]:
    """Read the log to its end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [frame async for frame in executor.logs(handle, cursor=cursor or LogCursor(), follow=follow)]


def data_of(frames: Sequence[LogFrame], stream: Stream) -> bytes:
    """The bytes of one stream."""
    return b"".join(frame.data for frame in frames if frame.stream is stream)


async def wait_for_output(executor: Executor, handle: Handle, expected: bytes) -> LogFrame:
    """Follow the log until a frame holds these bytes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for frame in executor.logs(handle, cursor=LogCursor(), follow=True):
            if expected in frame.data:
                return frame
    raise AssertionError(f"the log ended without {expected!r}")


async def run(executor: Executor, harness: Harness, spec: RunSpec) -> tuple[Handle, Exited]:
    """Launch a new attempt and wait for its end."""
    handle = await executor.launch(harness.key(), spec)
    return handle, await until_over(executor, handle)


class ExecutorContract:
    """Every promise of the treaty. A subclass gives the fixture ``harness``."""

    @pytest.fixture
    def executor(self, harness: Harness) -> Executor:
        return harness.executor

    # How an attempt ends

    async def test_a_program_that_ends_well_is_observed_as_exited_with_zero(self, harness: Harness, executor: Executor):
        _, exited = await run(executor, harness, harness.prints(stdout=b"out"))
        assert exited.exit_code == 0
        assert not exited.oom_killed

    @pytest.mark.parametrize("code", [1, 3, 42, 125, 126, 127, 255])
    async def test_the_exit_code_is_the_programs_own(self, harness: Harness, executor: Executor, code: int):
        _, exited = await run(executor, harness, harness.exits_with(code))
        assert exited.exit_code == code

    @pytest.mark.parametrize("signal", [6, 9, 15])
    async def test_a_program_ended_by_a_signal_exits_with_128_and_its_number(
        self, harness: Harness, executor: Executor, signal: int
    ):
        _, exited = await run(executor, harness, harness.kills_itself(signal))
        assert exited.exit_code == 128 + signal
        assert exited.signal in {None, signal}

    async def test_start_and_finish_have_times_of_a_zone_in_their_order(self, harness: Harness, executor: Executor):
        _, exited = await run(executor, harness, harness.exits_with(0))
        assert exited.started_at is not None
        assert exited.finished_at is not None
        assert exited.started_at.tzinfo is not None
        assert exited.started_at <= exited.finished_at

    async def test_the_outcome_stays_the_same_until_removal(self, harness: Harness, executor: Executor):
        handle, first = await run(executor, harness, harness.exits_with(7))
        assert await executor.outcome(handle) == first

    async def test_a_program_that_still_works_is_observed_as_running(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), harness.sleeps(60))
        assert isinstance(await executor.outcome(handle), Running)

    async def test_an_attempt_never_launched_is_lost(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), harness.exits_with(0))
        await until_over(executor, handle)
        await executor.remove(handle)
        assert isinstance(await executor.outcome(handle), Lost)

    # Launch

    async def test_launching_again_adopts_what_runs(self, harness: Harness, executor: Executor):
        key = harness.key()
        first = await executor.launch(key, harness.sleeps(60))
        assert await executor.launch(key, harness.sleeps(60)) == first
        assert [found.key for found in await executor.adopt(harness.installation)] == [key]

    async def test_launching_again_after_the_end_does_not_run_the_program_twice(
        self, harness: Harness, executor: Executor
    ):
        key, spec = harness.key(), harness.prints(stdout=b"once\n")
        handle = await executor.launch(key, spec)
        await until_over(executor, handle)
        assert await executor.launch(key, spec) == handle
        await until_over(executor, handle)
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == b"once\n"

    async def test_launching_twice_at_once_starts_one(self, harness: Harness, executor: Executor):
        key, spec, other = harness.key(), harness.prints(stdout=b"once\n"), harness.another_executor()
        handles = await asyncio.gather(executor.launch(key, spec), other.launch(key, spec), executor.launch(key, spec))
        assert len(set(handles)) == 1
        await until_over(executor, handles[0])
        assert data_of(await all_frames(executor, handles[0]), Stream.STDOUT) == b"once\n"

    async def test_a_launch_cut_short_is_found_as_prepared_and_finished_when_repeated(
        self, harness: Harness, executor: Executor
    ):
        key, spec = harness.key(), harness.prints(stdout=b"at last")
        if not await harness.prepare(key, spec):
            pytest.skip("this platform creates and starts in one")
        [found] = await executor.adopt(harness.installation)
        assert found.key == key
        assert found.observation == Prepared()
        assert await executor.outcome(found.handle) == Prepared()
        handle = await executor.launch(key, spec)
        assert handle == found.handle
        assert (await until_over(executor, handle)).exit_code == 0

    async def test_a_missing_command_is_refused_as_127_and_leaves_nothing(self, harness: Harness, executor: Executor):
        await self._assert_refused(harness, executor, harness.missing_command(), FailureReason.LAUNCH_REFUSED, 127)

    async def test_a_file_that_may_not_be_executed_is_refused_as_126_and_leaves_nothing(
        self, harness: Harness, executor: Executor
    ):
        await self._assert_refused(harness, executor, harness.not_executable(), FailureReason.LAUNCH_REFUSED, 126)

    async def test_a_missing_image_is_refused_for_that_reason_and_leaves_nothing(
        self, harness: Harness, executor: Executor
    ):
        spec = harness.missing_image()
        if spec is None:
            pytest.skip("this platform has no images")
        await self._assert_refused(harness, executor, spec, FailureReason.IMAGE, 125)

    async def test_what_the_platform_cannot_honor_is_refused_and_never_ignored(
        self, harness: Harness, executor: Executor
    ):
        can, spec = executor.capabilities, harness.exits_with(0)
        asked = (
            (can.memory_limit, replace(spec, memory_limit_mb=64)),
            (can.cpu_limit, replace(spec, cpu_limit=0.5)),
            (can.users, replace(spec, user="12345:12345")),
            (can.networks, replace(spec, network="some-network")),
            (can.mounts, replace(spec, mounts=(Mount(kind=MountKind.BIND, target="/mnt", source="/"),))),
        )
        for honored, wish in asked:
            if not honored:
                await self._assert_refused(harness, executor, wish, FailureReason.UNSUPPORTED, None)

    async def _assert_refused(
        self, harness: Harness, executor: Executor, spec: RunSpec, reason: FailureReason, exit_code: int | None
    ) -> None:
        key = harness.key()
        with pytest.raises(LaunchRefusedError) as refusal:
            await executor.launch(key, spec)
        assert refusal.value.reason is reason
        assert refusal.value.exit_code in {exit_code, None}
        assert refusal.value.message
        assert list(await harness.leftovers(key)) == []
        assert list(await executor.adopt(harness.installation)) == []

    # What the program is given

    async def test_the_environment_reaches_the_program_as_it_is(self, harness: Harness, executor: Executor):
        value = "two words, 'quotes' \"both\", a $sign, a \\ and ü"
        handle, _ = await run(executor, harness, harness.prints_variable("SICKBAY_TEST", value))
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == value.encode()

    async def test_a_secret_reaches_the_program_and_nothing_else(self, harness: Harness, executor: Executor):
        secret = "correct-horse-battery-staple"
        handle, exited = await run(executor, harness, harness.prints_variable("TOKEN", secret, secret=True))
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == secret.encode()
        assert secret not in repr((handle, exited, await executor.adopt(harness.installation)))

    async def test_the_working_directory_is_the_one_asked_for(self, harness: Harness, executor: Executor):
        directory = harness.working_directory()
        handle, _ = await run(executor, harness, harness.prints_working_directory(directory))
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == f"{directory}\n".encode()

    @pytest.mark.parametrize("in_child", [False, True], ids=["main process", "child"])
    async def test_a_kill_at_the_memory_limit_is_told_as_such(
        self, harness: Harness, executor: Executor, in_child: bool
    ):
        spec = harness.exceeds_memory(in_child=in_child)
        if spec is None:
            pytest.skip("this platform does not kill at the memory limit")
        _, exited = await run(executor, harness, spec)
        assert exited.oom_killed
        assert exited.exit_code == (0 if in_child else 137)

    # Finding again

    async def test_a_second_executor_finds_again_what_the_first_launched(self, harness: Harness, executor: Executor):
        key, other = harness.key(), harness.another_executor()
        handle = await executor.launch(key, harness.sleeps(60))
        [found] = await other.adopt(harness.installation)
        assert (found.key, found.handle) == (key, handle)
        assert isinstance(found.observation, Running)
        assert isinstance(await other.outcome(found.handle), Running)

    async def test_a_second_executor_finds_what_is_over_with_code_and_log(self, harness: Harness, executor: Executor):
        key, other = harness.key(), harness.another_executor()
        handle = await executor.launch(key, harness.prints(stdout=b"out", stderr=b"err"))
        await until_over(executor, handle)
        [found] = await other.adopt(harness.installation)
        assert isinstance(found.observation, Exited)
        assert found.observation.exit_code == 0
        frames = await all_frames(other, found.handle)
        assert (data_of(frames, Stream.STDOUT), data_of(frames, Stream.STDERR)) == (b"out", b"err")

    async def test_only_attempts_of_the_asked_installation_are_found(self, harness: Harness, executor: Executor):
        ours, theirs = harness.key(), harness.key(installation=harness.other_installation())
        for key in (ours, theirs):
            await executor.launch(key, harness.sleeps(60))
        assert [found.key for found in await executor.adopt(ours.installation)] == [ours]
        assert [found.key for found in await executor.adopt(theirs.installation)] == [theirs]

    async def test_closing_leaves_attempts_running(self, harness: Harness):
        first, second = harness.another_executor(), harness.another_executor()
        key = harness.key()
        handle = await first.launch(key, harness.sleeps(60))
        await first.close()
        assert isinstance(await second.outcome(handle), Running)

    # Logs

    async def test_both_streams_come_apart_and_byte_for_byte(self, harness: Harness, executor: Executor):
        handle, _ = await run(executor, harness, harness.prints(stdout=BINARY, stderr=BINARY[::-1]))
        frames = await all_frames(executor, handle)
        assert data_of(frames, Stream.STDOUT) == BINARY
        assert data_of(frames, Stream.STDERR) == BINARY[::-1]

    async def test_a_program_without_output_has_an_empty_log(self, harness: Harness, executor: Executor):
        handle, _ = await run(executor, harness, harness.exits_with(0))
        assert await all_frames(executor, handle) == []
        assert await all_frames(executor, handle, follow=True) == []

    async def test_resuming_from_any_cursor_yields_exactly_the_rest(self, harness: Harness, executor: Executor):
        lines = [f"line {number}".encode() for number in range(6)]
        handle, _ = await run(executor, harness, harness.prints_slowly(lines, pause=0.01))
        frames = await all_frames(executor, handle)
        assert data_of(frames, Stream.STDOUT) == b"".join(line + b"\n" for line in lines)
        for follow in (False, True):
            for position, frame in enumerate(frames):
                rest = await all_frames(executor, handle, cursor=frame.cursor, follow=follow)
                for stream in Stream:
                    assert data_of(rest, stream) == data_of(frames[position + 1 :], stream)

    async def test_reading_the_same_log_twice_gives_the_same_frames(self, harness: Harness, executor: Executor):
        handle, _ = await run(executor, harness, harness.prints(stdout=b"one\ntwo\n", stderr=b"three\n"))
        assert await all_frames(executor, handle) == await all_frames(executor, handle)

    async def test_without_following_a_running_programs_log_ends_with_what_is_there(
        self, harness: Harness, executor: Executor
    ):
        handle = await executor.launch(harness.key(), harness.ignores_sigterm())
        await wait_for_output(executor, handle, b"ready")
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == b"ready\n"
        assert isinstance(await executor.outcome(handle), Running)

    async def test_following_yields_while_it_runs_and_ends_with_the_attempt(self, harness: Harness, executor: Executor):
        lines = [b"first", b"second", b"third"]
        handle = await executor.launch(harness.key(), harness.prints_slowly(lines, pause=0.3))
        frames = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for frame in executor.logs(handle, cursor=LogCursor(), follow=True):
                if not frames:
                    assert isinstance(await executor.outcome(handle), Running)
                frames.append(frame)
        assert data_of(frames, Stream.STDERR) == b"first\nsecond\nthird\n"
        assert (await until_over(executor, handle)).exit_code == 0

    async def test_reading_in_pieces_while_it_runs_loses_and_doubles_nothing(
        self, harness: Harness, executor: Executor
    ):
        lines = [f"line {number}".encode() for number in range(8)]
        handle = await executor.launch(harness.key(), harness.prints_slowly(lines, pause=0.05))
        cursor, frames, over = LogCursor(), [], False
        while not over:
            over = isinstance(await executor.outcome(handle), Exited)
            piece = await all_frames(executor, handle, cursor=cursor)
            frames.extend(piece)
            cursor = piece[-1].cursor if piece else cursor
        for stream in Stream:
            assert data_of(frames, stream) == b"".join(line + b"\n" for line in lines)

    async def test_the_log_of_an_unknown_attempt_is_empty(self, harness: Harness, executor: Executor):
        handle, _ = await run(executor, harness, harness.prints(stdout=b"out"))
        await executor.remove(handle)
        assert await all_frames(executor, handle) == []
        assert await all_frames(executor, handle, follow=True) == []

    # Stop

    async def test_stopping_asks_first_and_a_program_may_end_in_its_own_way(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), harness.sleeps(60))
        await executor.stop(handle, grace_seconds=30)
        observation = await executor.outcome(handle)
        assert isinstance(observation, Exited)
        assert observation.exit_code == 143

    async def test_stopping_kills_after_the_grace(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), harness.ignores_sigterm())
        await wait_for_output(executor, handle, b"ready")
        await executor.stop(handle, grace_seconds=1)
        observation = await executor.outcome(handle)
        assert isinstance(observation, Exited)
        assert observation.exit_code == 137
        assert not observation.oom_killed

    async def test_stopping_ends_children_too(self, harness: Harness, executor: Executor):
        key = harness.key()
        handle = await executor.launch(key, harness.forks_children())
        await wait_for_output(executor, handle, b"ready")
        await executor.stop(handle, grace_seconds=0)
        assert isinstance(await executor.outcome(handle), Exited)
        assert await harness.living_processes(key) == 0
        assert data_of(await all_frames(executor, handle, follow=True), Stream.STDOUT) == b"ready\n"

    async def test_stopping_twice_and_at_once_succeeds(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), harness.sleeps(60))
        await asyncio.gather(*(executor.stop(handle, grace_seconds=5) for _ in range(3)))
        await executor.stop(handle, grace_seconds=5)
        assert isinstance(await executor.outcome(handle), Exited)

    async def test_stopping_what_is_over_changes_nothing(self, harness: Harness, executor: Executor):
        handle, exited = await run(executor, harness, harness.exits_with(5))
        await executor.stop(handle, grace_seconds=5)
        assert await executor.outcome(handle) == exited

    # Remove

    async def test_removing_leaves_nothing(self, harness: Harness, executor: Executor):
        key = harness.key()
        handle = await executor.launch(key, harness.prints(stdout=b"out"))
        await until_over(executor, handle)
        await executor.remove(handle)
        assert list(await harness.leftovers(key)) == []
        assert isinstance(await executor.outcome(handle), Lost)
        assert list(await executor.adopt(harness.installation)) == []

    async def test_removing_ends_what_still_runs(self, harness: Harness, executor: Executor):
        key = harness.key()
        handle = await executor.launch(key, harness.sleeps(60))
        await executor.remove(handle)
        assert await harness.living_processes(key) == 0
        assert list(await harness.leftovers(key)) == []

    async def test_removing_and_stopping_what_is_gone_succeeds(self, harness: Harness, executor: Executor):
        handle, _ = await run(executor, harness, harness.exits_with(0))
        await asyncio.gather(executor.remove(handle), executor.remove(handle))
        await executor.remove(handle)
        await executor.stop(handle, grace_seconds=1)

    async def test_nothing_is_removed_by_itself(self, harness: Harness, executor: Executor):
        key = harness.key()
        await until_over(executor, await executor.launch(key, harness.exits_with(0)))
        [found] = await executor.adopt(harness.installation)
        assert found.key == key

    # Watch

    async def test_watching_tells_of_start_and_end(self, harness: Harness, executor: Executor):
        key = harness.key()
        hints = _Collected(harness.another_executor().watch(harness.installation))
        await hints.started()
        handle = await executor.launch(key, harness.exits_with(0))
        await until_over(executor, handle)
        await hints.until(lambda seen: Hint(kind=HintKind.ENDED, key=key) in seen)
        assert Hint(kind=HintKind.STARTED, key=key) in hints.seen

    async def test_watching_tells_nothing_of_other_installations(self, harness: Harness, executor: Executor):
        ours, theirs = harness.key(), harness.key(installation=harness.other_installation())
        hints = _Collected(harness.another_executor().watch(harness.installation))
        await hints.started()
        for key in (theirs, ours):
            await until_over(executor, await executor.launch(key, harness.exits_with(0)))
        await hints.until(lambda seen: Hint(kind=HintKind.ENDED, key=ours) in seen)
        assert {hint.key for hint in hints.seen} == {ours}

    async def test_a_watcher_ends_when_its_executor_is_closed(self, harness: Harness):
        other = harness.another_executor()
        hints = _Collected(other.watch(harness.installation))
        await hints.started()
        await other.close()
        await hints.ended()

    # The platform

    async def test_a_platform_that_is_there_is_healthy_and_has_a_size(self, harness: Harness, executor: Executor):
        fingerprint = await executor.check_health()
        assert fingerprint.healthy, fingerprint.detail
        capacity = await executor.capacity()
        assert capacity.memory_mb is None or capacity.memory_mb > 0
        assert capacity.cpus is None or capacity.cpus > 0

    async def test_many_attempts_may_run_at_once(self, harness: Harness, executor: Executor):
        outputs = {harness.key(): f"number {number}".encode() for number in range(5)}
        handles = await asyncio.gather(
            *(executor.launch(key, harness.prints(stdout=output)) for key, output in outputs.items())
        )
        for handle, output in zip(handles, outputs.values(), strict=True):
            await until_over(executor, handle)
            assert data_of(await all_frames(executor, handle), Stream.STDOUT) == output
        found: Sequence[Found] = await executor.adopt(harness.installation)
        assert {one.key for one in found} == set(outputs)


class _Collected:
    """Hints read in a task of their own, as the worker reads them."""

    def __init__(self, hints: AsyncIterator[Hint]) -> None:
        self.seen: list[Hint] = []
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._collect(hints))

    async def _collect(self, hints: AsyncIterator[Hint]) -> None:
        async for hint in hints:
            self.seen.append(hint)
            self._changed.set()

    async def started(self) -> None:
        """Give the watcher time to connect; nothing tells when it has."""
        await asyncio.sleep(0.3)

    async def until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition(self.seen):
                self._changed.clear()
                await self._changed.wait()
        self._task.cancel()

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait([self._task])
        assert not self._task.cancelled()
