"""An executor on the real engine, with an installation of its own that is removed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import pytest

from container_manager.executors.base import AttemptKey, Exited, Handle, LogCursor
from container_manager.executors.docker.executor import DockerExecutor, build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec
from tests import engine

PATIENCE_SECONDS = 120.0


def shell(script: str, **fields: object) -> RunSpec:
    """A spec that runs a script by busybox's shell, without a network."""
    spec = {"image": engine.test_image(), "command": ("sh", "-c", script), "network": "none", **fields}
    return RunSpec(**spec)  # type: ignore[arg-type]  # the fields are the tests' own


async def until_over(executor: DockerExecutor, handle: Handle) -> Exited:
    """Wait for the end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            observation = await executor.outcome(handle)
            if isinstance(observation, Exited):
                return observation
            await asyncio.sleep(0.02)


async def output_of(executor: DockerExecutor, key: AttemptKey, spec: RunSpec) -> str:
    """Run it to its end and return what it wrote."""
    handle = await executor.launch(key, spec)
    await until_over(executor, handle)
    frames = [frame async for frame in executor.logs(handle, cursor=LogCursor(), follow=False)]
    return b"".join(frame.data for frame in frames).decode()


@pytest.fixture
def installation() -> Iterator[str]:
    engine.require_engine()
    key = engine.new_installation()
    yield key
    engine.remove_all(key)


@pytest.fixture
def new_key(installation: str) -> Callable[[], AttemptKey]:
    numbers = count(1)
    return lambda: AttemptKey(installation=installation, job_id=next(numbers), number=1)


@pytest.fixture
async def executor(installation: str) -> AsyncIterator[DockerExecutor]:
    executor = build(HostConfig(name="test"))
    yield executor
    await executor.close()
