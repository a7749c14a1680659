"""Reading logs, ending attempts, and what a platform announces."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from container_manager.executors.base import (
    Executor,
    Exited,
    Found,
    Hint,
    HintKind,
    LogCursor,
    Lost,
    Running,
    Stream,
)
from tests.contract.harness import Harness
from tests.contract.reading import (
    BINARY,
    PATIENCE_SECONDS,
    CollectedHints,
    Contract,
    all_frames,
    data_of,
    run,
    until_over,
    wait_for_output,
)


class LogContract(Contract):
    """Bytes, streams, cursors."""

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

    async def test_reading_the_same_log_twice_gives_the_same_bytes(self, harness: Harness, executor: Executor):
        handle, _ = await run(executor, harness, harness.prints(stdout=b"one\ntwo\n", stderr=b"three\n"))
        first, second = await all_frames(executor, handle), await all_frames(executor, handle)
        for stream in Stream:
            assert data_of(first, stream) == data_of(second, stream)
        assert first[-1].cursor == second[-1].cursor

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


class StopContract(Contract):
    """Asking first, then making it end."""

    async def test_stopping_asks_first_and_a_program_may_end_in_its_own_way(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), harness.sleeps(60))
        await executor.stop(handle, grace_seconds=30)
        observation = await executor.outcome(handle)
        assert isinstance(observation, Exited)
        assert observation.exit_code == 143

    async def test_an_attempt_is_asked_to_end_by_its_own_stop_signal(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), replace(harness.sleeps(60), stop_signal="SIGUSR1"))
        await executor.stop(handle, grace_seconds=30)
        exited = await executor.outcome(handle)
        assert isinstance(exited, Exited)
        assert exited.exit_code == 128 + 10

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


class RemoveContract(Contract):
    """Leaving nothing."""

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


class WatchContract(Contract):
    """Hints."""

    async def test_watching_tells_of_start_and_end(self, harness: Harness, executor: Executor):
        key = harness.key()
        hints = CollectedHints(harness.another_executor().watch(harness.installation))
        await hints.started()
        handle = await executor.launch(key, harness.exits_with(0))
        await until_over(executor, handle)
        await hints.until(lambda seen: Hint(kind=HintKind.ENDED, key=key) in seen)
        assert Hint(kind=HintKind.STARTED, key=key) in hints.seen

    async def test_watching_tells_nothing_of_other_installations(self, harness: Harness, executor: Executor):
        ours, theirs = harness.key(), harness.key(installation=harness.other_installation())
        hints = CollectedHints(harness.another_executor().watch(harness.installation))
        await hints.started()
        for key in (theirs, ours):
            await until_over(executor, await executor.launch(key, harness.exits_with(0)))
        await hints.until(lambda seen: Hint(kind=HintKind.ENDED, key=ours) in seen)
        assert {hint.key for hint in hints.seen} == {ours}

    async def test_a_watcher_ends_when_its_executor_is_closed(self, harness: Harness):
        other = harness.another_executor()
        hints = CollectedHints(other.watch(harness.installation))
        await hints.started()
        await other.close()
        await hints.ended()


class PlatformContract(Contract):
    """The platform itself."""

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
