"""Bringing images from a registry that works, and from one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from container_manager.executors.base import AttemptKey, LaunchRefusedError
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec
from tests import engine
from tests.integration.docker.conftest import until_over
from tests.integration.docker.registry import Registry

pytestmark = pytest.mark.docker

NewKey = Callable[[], AttemptKey]


@pytest.fixture
async def registry(installation: str) -> AsyncIterator[Registry]:
    registry = Registry({"busybox": (0o755, engine.busybox().read_bytes())})
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


async def test_attempts_that_need_one_image_share_one_pull(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    handles = await asyncio.gather(*(executor.launch(new_key(), spec) for _ in range(4)))
    for handle in handles:
        await until_over(executor, handle)
    assert registry.requests["layer"] == 1
    assert registry.requests["manifest"] <= 2


@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_a_registry_that_says_no_refuses_the_launch_in_its_own_words(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry, status: int
):
    registry.failing = status
    refusal = await refusal_of(executor, new_key(), spec)
    assert refusal.reason is FailureReason.IMAGE
    assert refusal.exit_code == 125
    assert refusal.message


async def test_an_error_in_the_middle_of_a_pull_refuses_the_launch(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    registry.truncated = True
    refusal = await refusal_of(executor, new_key(), spec)
    assert refusal.reason is FailureReason.IMAGE


async def test_a_registry_that_falls_silent_refuses_the_launch_after_the_idle_time(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, registry: Registry
):
    registry.stalls = True
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
