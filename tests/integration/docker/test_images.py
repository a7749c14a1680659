"""Bringing images from a registry that works, and from one that does not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from container_manager.executors.base import AttemptKey, LaunchRefusedError
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import PullPolicy, RunSpec
from tests import engine
from tests.integration.docker.conftest import until_over
from tests.integration.docker.registry import Registry

pytestmark = pytest.mark.docker

NewKey = Callable[[], AttemptKey]


#: Bytes that cannot be compressed, so that a pull of them takes its time.
PADDING = random.Random(7).randbytes(3_000_000)


@pytest.fixture
async def registry(installation: str) -> AsyncIterator[Registry]:
    # Something of its own in each, else the engine would have the layer already.
    files = {"busybox": (0o755, engine.busybox().read_bytes()), "padding": (0o644, PADDING + installation.encode())}
    registry = Registry(files)
    await registry.start()
    yield registry
    await registry.stop()
    await asyncio.to_thread(engine.remove_image, f"{registry.address}/{installation}:1")


@pytest.fixture
def spec(registry: Registry, installation: str) -> RunSpec:
    return RunSpec(image=f"{registry.address}/{installation}:1", command=("/busybox", "echo", "pulled"), network="none")


async def refusal_of(executor: DockerExecutor, key: AttemptKey, spec: RunSpec) -> LaunchRefusedError:
    with pytest.raises(LaunchRefusedError) as refusal:
        await executor.launch(key, spec)
    assert engine.containers_of(key.installation) == []
    assert engine.cgroups_of(key.name) == []
    return refusal.value


async def test_a_missing_image_is_brought_and_run(executor: DockerExecutor, new_key: NewKey, spec: RunSpec):
    exited = await until_over(executor, await executor.launch(new_key(), spec))
    assert exited.exit_code == 0


@pytest.mark.reliability(13)
async def test_ten_attempts_that_need_one_image_share_one_pull(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    handles = await asyncio.gather(*(executor.launch(new_key(), spec) for _ in range(10)))
    for handle in handles:
        await until_over(executor, handle)
    assert registry.requests["layer"] == 1
    assert registry.requests["manifest"] <= 2


@pytest.mark.reliability(13)
@pytest.mark.parametrize("answer", [(401, False), (403, False), (404, False), (429, True), (500, True), (503, True)])
async def test_a_registry_that_says_no_refuses_the_launch_and_what_may_pass_is_told_from_what_does_not(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry, answer: tuple[int, bool]
):
    registry.failing, transient = answer
    refusal = await refusal_of(executor, new_key(), spec)
    assert (refusal.reason, refusal.transient, refusal.exit_code) == (FailureReason.IMAGE, transient, 125), refusal
    assert refusal.message


async def test_a_registry_that_is_not_there_may_come_back(executor: DockerExecutor, new_key: NewKey):
    refusal = await refusal_of(executor, new_key(), RunSpec(image="127.0.0.1:9/no-such/image:1", network="none"))
    assert (refusal.reason, refusal.transient) == (FailureReason.IMAGE, True)


@pytest.mark.reliability(13)
async def test_a_layer_that_is_cut_short_refuses_the_launch(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    registry.truncated = True
    refusal = await refusal_of(executor, new_key(), spec)
    assert (refusal.reason, refusal.transient) == (FailureReason.IMAGE, True), refusal


@pytest.mark.reliability(13)
@pytest.mark.parametrize("where", ["stalls", "stalls_in_layer"])
async def test_a_registry_that_falls_silent_refuses_the_launch_after_the_idle_time(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry, where: str
):
    setattr(registry, where, True)
    refusal = await refusal_of(executor, new_key(), replace(spec, pull_timeout_seconds=0.5))
    assert refusal.reason is FailureReason.IMAGE
    assert "stalled" in refusal.message
    assert refusal.transient


@pytest.mark.parametrize("image", ["Upper/Case", "two words", "http://example.org/image", f"sha256:{'0' * 64}"])
async def test_what_no_registry_can_have_is_refused_without_asking_one(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, image: str
):
    refusal = await refusal_of(executor, new_key(), RunSpec(image=image, network="none"))
    assert refusal.reason is FailureReason.IMAGE


@pytest.mark.reliability(13)
async def test_a_slow_pull_is_not_taken_for_a_silent_one_and_tells_how_far_it_is(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    registry.layer_pause_seconds = 0.05
    key = new_key()
    launch = asyncio.create_task(executor.launch(key, replace(spec, pull_timeout_seconds=1.5)))
    seen = []
    while not launch.done():
        if (progress := executor.pull_progress(key)) is not None:
            seen.append(progress)
        await asyncio.sleep(0.05)
    assert (await until_over(executor, await launch)).exit_code == 0
    assert executor.pull_progress(key) is None
    done = [progress.bytes_done for progress in seen]
    assert done == sorted(done)
    assert 0 < done[-1] <= seen[-1].bytes_total
    assert seen[-1].bytes_total > len(PADDING)


@pytest.mark.reliability(13)
async def test_whoever_stops_waiting_for_a_pull_leaves_it_to_the_others(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    registry.layer_pause_seconds = 0.02
    first, second = (asyncio.create_task(executor.launch(new_key(), spec)) for _ in range(2))
    await registry.until_served(5)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await until_over(executor, await second)).exit_code == 0
    assert registry.requests["layer"] == 1


@pytest.mark.reliability(13)
async def test_a_pull_that_nobody_waits_for_any_more_is_broken_off(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry, installation: str
):
    registry.layer_pause_seconds = 0.3
    key = new_key()
    launch = asyncio.create_task(executor.launch(key, spec))
    await registry.until_served(2)
    launch.cancel()
    async with asyncio.timeout(30):
        await registry.broken_off.wait()
    assert executor.pull_progress(key) is None
    assert engine.containers_of(installation) == []
    # And it can be brought anew.
    registry.layer_pause_seconds = 0.0
    assert (await until_over(executor, await executor.launch(key, spec))).exit_code == 0


async def test_an_image_that_must_not_be_pulled_is_used_or_refused(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    never = replace(spec, pull_policy=PullPolicy.NEVER)
    refusal = await refusal_of(executor, new_key(), never)
    assert (refusal.reason, refusal.transient) == (FailureReason.IMAGE, False)
    assert "pull_policy is 'never'" in refusal.message
    assert registry.requests["manifest"] == 0
    await executor.launch(new_key(), spec)
    assert (await until_over(executor, await executor.launch(new_key(), never))).exit_code == 0


async def test_an_image_that_is_always_pulled_is_asked_for_once_an_attempt(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    always = replace(spec, pull_policy=PullPolicy.ALWAYS)
    key = new_key()
    await until_over(executor, await executor.launch(key, always))
    asked = registry.requests["asked"]
    await executor.launch(key, always)
    assert registry.requests["asked"] == asked
    await executor.launch(new_key(), always)
    assert registry.requests["asked"] > asked
    assert registry.requests["layer"] == 1


async def test_what_else_is_missing_on_the_host_is_no_missing_image(executor: DockerExecutor, new_key: NewKey):
    refusal = await refusal_of(executor, new_key(), RunSpec(image=engine.test_image(), network="no-such-network"))
    assert refusal.reason is FailureReason.LAUNCH_REFUSED
