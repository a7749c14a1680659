"""Launching an attempt, what it is given, how it ends, and finding it again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from container_manager.executors.base import (
    Executor,
    Exited,
    LaunchRefusedError,
    Lost,
    Prepared,
    Running,
    Stream,
)
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import Mount, MountKind, RunSpec
from tests.contract.harness import Harness
from tests.contract.reading import (
    Contract,
    all_frames,
    data_of,
    run,
    until_over,
)


class EndContract(Contract):
    """How an attempt ends."""

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


class LaunchContract(Contract):
    """Starting exactly once, or refusing and leaving nothing."""

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
            assert not executor.capabilities.images, "a platform with images must refuse one that is missing"
            return
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


class EnvironmentContract(Contract):
    """What the program is given."""

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


class AdoptContract(Contract):
    """Finding again what runs or is over."""

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
