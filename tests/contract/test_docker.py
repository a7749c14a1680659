"""The contract suite, put to a real Docker engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from docker.errors import NotFound

from container_manager.executors.base import AttemptKey, Executor
from container_manager.executors.docker import executor as docker_executor
from container_manager.executors.docker.translate import create_body
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import Hardening, RunSpec
from tests import engine
from tests.contract.harness import Harness
from tests.contract.suite import ExecutorContract

pytestmark = pytest.mark.docker


class DockerHarness(Harness):
    """A real engine; docker-py is what looks beside the executor."""

    def __init__(self) -> None:
        super().__init__()
        self._installations = [engine.new_installation()]
        self._executors: list[Executor] = []
        self.installation = self._installations[0]
        self.image = engine.test_image()
        self.executor = self.another_executor()

    def another_executor(self) -> Executor:
        self._executors.append(docker_executor.build(HostConfig(name="test")))
        return self._executors[-1]

    def other_installation(self) -> str:
        self._installations.append(engine.new_installation())
        return self._installations[-1]

    async def clean_up(self) -> None:
        for executor in self._executors:
            await executor.close()
        for installation in self._installations:
            await asyncio.to_thread(engine.remove_all, installation)

    async def leftovers(self, key: AttemptKey) -> Sequence[str]:
        containers = await asyncio.to_thread(engine.containers_of, key.installation)
        return [
            *(f"container {one.name} ({one.status})" for one in containers if one.name == key.name),
            *(f"cgroup {path}" for path in engine.cgroups_of(key.name)),
            *(f"in memory {path}" for path in _in_memory(key.name)),
        ]

    async def living_processes(self, key: AttemptKey) -> int:
        return await asyncio.to_thread(_living_processes, key.name)

    async def prepare(self, key: AttemptKey, spec: RunSpec) -> bool:
        body = create_body(key, spec, cgroup_parent=None)
        await asyncio.to_thread(engine.oracle().api.create_container_from_config, body, key.name)
        return True

    def shell(self, script: str) -> RunSpec:
        return RunSpec(image=self.image, command=("sh", "-c", script), network="none")

    def missing_command(self) -> RunSpec:
        # With an init process it is that process which is started, and which then ends with 127.
        return replace(self.shell(""), command=("no-such-command",), hardening=Hardening(init=False))

    def not_executable(self) -> RunSpec:
        return replace(self.shell(""), command=(engine.NOT_EXECUTABLE,), hardening=Hardening(init=False))

    def missing_image(self) -> RunSpec | None:
        # A registry that refuses at once, so that no test leaves the machine.
        return replace(self.shell("true"), image="127.0.0.1:9/no-such/image:1")

    def exceeds_memory(self, *, in_child: bool) -> RunSpec | None:
        eats = "dd if=/dev/zero of=/dev/null bs=200M count=1"
        return replace(self.shell(f"{eats}; exit 0" if in_child else f"exec {eats}"), memory_limit_mb=32)


def _in_memory(name: str) -> list[str]:
    return [f"{place}/{name}" for place, folders, _ in os.walk("/dev/shm") if name in folders]


def _living_processes(name: str) -> int:
    try:
        container = engine.oracle().containers.get(name)
    except NotFound:
        return 0
    return len(container.top()["Processes"]) if container.status == "running" else 0


class TestDockerExecutor(ExecutorContract):
    """Every promise, kept by Docker."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        engine.require_engine()
        harness = DockerHarness()
        yield harness
        await harness.clean_up()
