"""What an attempt used, as the kernel counted it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, UsageSource
from container_manager.executors.docker.address import Endpoint
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.executor import DockerExecutor, build
from container_manager.executors.kernel_log import KERNEL_LOG
from container_manager.executors.registry import HostConfig
from tests import engine
from tests.integration.docker.conftest import shell, until_over

pytestmark = pytest.mark.docker

MB = 1024 * 1024
NewKey = Callable[[], AttemptKey]


@pytest.fixture
def shared_cgroups(installation: str) -> None:
    """Skip where this process cannot make groups for the engine: the figures are sampled there."""
    info = engine.oracle().info()
    if info["CgroupDriver"] != "cgroupfs" or os.geteuid() != 0:
        pytest.skip("exact usage needs root and an engine with the cgroupfs driver")


def allocates(megabytes: int) -> str:
    """A command that holds one buffer of this size."""
    return f"dd if=/dev/zero of=/dev/null bs={megabytes}M count=2 2>/dev/null"


def groups_of(handle: str) -> list[Path]:
    return list(Path("/sys/fs/cgroup").rglob(handle))


def _tells_kills() -> bool:
    """Whether the kernel keeps the count in the group, or this process may read its log."""
    try:
        KERNEL_LOG.open("rb").close()
    except OSError:
        return engine.oracle().info()["CgroupVersion"] == "2"
    return True


@pytest.mark.cgroup
@pytest.mark.usefixtures("shared_cgroups")
class TestExactUsage:
    async def test_the_peak_of_a_known_allocation_is_exact(self, executor: DockerExecutor, new_key: NewKey):
        exited = await until_over(executor, await executor.launch(new_key(), shell(allocates(40))))
        assert exited.usage.source is UsageSource.EXACT
        assert exited.usage.peak_memory_bytes is not None
        assert 40 * MB <= exited.usage.peak_memory_bytes <= 46 * MB

    async def test_the_peak_counts_a_child_that_was_gone_long_before_the_end(
        self, executor: DockerExecutor, new_key: NewKey
    ):
        exited = await until_over(executor, await executor.launch(new_key(), shell(f"{allocates(40)}; sleep 0.5")))
        assert exited.usage.peak_memory_bytes is not None
        assert exited.usage.peak_memory_bytes >= 40 * MB

    async def test_kills_are_counted_whoever_was_killed_and_whatever_the_engine_heard_of_it(
        self, executor: DockerExecutor, new_key: NewKey
    ):
        spec = replace(shell(f"{allocates(200)}; {allocates(200)}; true"), memory_limit_mb=32)
        exited = await until_over(executor, await executor.launch(new_key(), spec))
        assert (exited.exit_code, exited.usage.oom_kills) == (0, 2 if _tells_kills() else None)

    async def test_what_an_engine_forgot_in_the_group_is_ended_with_it(self, executor: DockerExecutor, new_key: NewKey):
        handle = await executor.launch(new_key(), shell("true"))
        await until_over(executor, handle)
        forgotten = await asyncio.create_subprocess_exec("sleep", "300")
        memory = next(group for group in groups_of(handle) if "memory" in group.parts)
        (memory / "cgroup.procs").write_text(str(forgotten.pid))

        await executor.remove(handle)

        assert await asyncio.wait_for(forgotten.wait(), 10) == -signal.SIGKILL
        assert groups_of(handle) == []

    async def test_processor_time_is_counted(self, executor: DockerExecutor, new_key: NewKey):
        busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
        exited = await until_over(executor, await executor.launch(new_key(), shell(busy)))
        assert exited.usage.cpu_seconds is not None
        assert exited.usage.cpu_seconds > 0.05

    async def test_throttling_and_processes_are_counted_though_the_container_is_gone(
        self, executor: DockerExecutor, new_key: NewKey
    ):
        busy = "(sleep 0.3 & sleep 0.3 & wait); i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
        exited = await until_over(executor, await executor.launch(new_key(), shell(busy, cpu_limit=0.2)))
        usage = exited.usage
        assert usage.throttled_seconds is not None
        assert usage.throttled_seconds > 0.05
        assert usage.throttled_periods is not None
        assert usage.cpu_periods is not None
        assert 0 < usage.throttled_periods <= usage.cpu_periods
        if usage.pids_peak is not None:  # kernels before 6.11 keep no peak
            assert usage.pids_peak >= 3
            assert "pids_peak" not in usage.sampled

    async def test_a_running_attempt_is_sampled_from_its_group(self, executor: DockerExecutor, new_key: NewKey):
        handle = await executor.launch(new_key(), shell("sleep 60"))
        sample = (await executor.sample([handle, "sickbay-unknown-1-1"]))[handle]
        assert sample.memory_bytes
        assert sample.pids
        assert sample.cpu_seconds is not None
        await executor.stop(handle, grace_seconds=0)
        assert await executor.sample([handle]) == {}

    async def test_another_executor_reads_the_same_after_the_end(self, executor: DockerExecutor, new_key: NewKey):
        handle = await executor.launch(new_key(), shell(allocates(20)))
        exited = await until_over(executor, handle)
        later = build(HostConfig(name="later"))
        assert await later.outcome(handle) == exited
        await later.close()

    async def test_the_group_goes_with_the_container(self, executor: DockerExecutor, new_key: NewKey):
        key = new_key()
        handle = await executor.launch(key, shell("true"))
        await until_over(executor, handle)
        assert engine.cgroups_of(key.name)
        await executor.remove(handle)
        assert engine.cgroups_of(key.name) == []

    async def test_the_group_goes_also_when_somebody_else_removed_the_container(
        self, executor: DockerExecutor, new_key: NewKey
    ):
        key = new_key()
        handle = await executor.launch(key, shell("true"))
        await until_over(executor, handle)
        await asyncio.to_thread(engine.remove_container, key.name)
        await executor.remove(handle)
        assert engine.cgroups_of(key.name) == []


class TestKillsAtTheLimit:
    async def test_a_main_process_killed_at_the_limit_is_told(self, executor: DockerExecutor, new_key: NewKey):
        spec = shell(f"exec {allocates(200)}", memory_limit_mb=32)
        exited = await until_over(executor, await executor.launch(new_key(), spec))
        assert (exited.exit_code, exited.oom_killed) == (137, True)

    async def test_a_killed_child_is_told_though_the_main_process_ends_with_zero(
        self, executor: DockerExecutor, new_key: NewKey
    ):
        spec = shell(f"{allocates(200)}; exit 0", memory_limit_mb=32)
        exited = await until_over(executor, await executor.launch(new_key(), spec))
        assert (exited.exit_code, exited.oom_killed) == (0, True)

    async def test_exit_code_137_alone_is_no_kill_at_the_limit(self, executor: DockerExecutor, new_key: NewKey):
        exited = await until_over(executor, await executor.launch(new_key(), shell("exit 137", memory_limit_mb=32)))
        assert (exited.exit_code, exited.oom_killed) == (137, False)

    async def test_a_program_just_below_its_limit_is_not_told_as_killed(
        self, executor: DockerExecutor, new_key: NewKey
    ):
        spec = shell(allocates(40), memory_limit_mb=64)
        exited = await until_over(executor, await executor.launch(new_key(), spec))
        assert (exited.exit_code, exited.oom_killed) == (0, False)


@pytest.fixture
async def remote_executor(installation: str) -> AsyncIterator[DockerExecutor]:
    """An executor that reaches the engine by TCP, and so cannot know whether it shares a machine with it."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs_reader, theirs_writer = await asyncio.open_unix_connection("/var/run/docker.sock")

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
            target.close()

        await asyncio.gather(pump(reader, theirs_writer), pump(theirs_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = EngineClient(Endpoint(address=f"tcp://127.0.0.1:{port}", base_url=f"http://127.0.0.1:{port}"))
    executor = DockerExecutor(client)
    yield executor
    await executor.close()
    server.close()


async def test_elsewhere_usage_is_sampled_and_says_so(remote_executor: DockerExecutor, new_key: NewKey):
    key = new_key()
    handle = await remote_executor.launch(key, shell(f"{allocates(30)}; sleep 2"))
    sample = (await remote_executor.sample([handle]))[handle]
    assert sample.memory_bytes
    assert sample.pids
    exited = await until_over(remote_executor, handle)
    assert exited.usage.source is UsageSource.SAMPLED
    assert exited.usage.peak_memory_bytes
    assert engine.cgroups_of(key.name) == []
