"""The contract suite, against real processes of this machine."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey
from container_manager.executors.process.executor import ProcessExecutor, build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec
from tests.contract.harness import Harness
from tests.contract.suite import ExecutorContract

_HOG = "import time; block = bytearray(400 * 1024 * 1024); time.sleep(30)"


class ProcessHarness(Harness):
    """This machine, with a root of its own for each test."""

    executor: ProcessExecutor

    def __init__(self, folder: Path, *, cgroups: bool = True) -> None:
        super().__init__()
        self._cgroups = cgroups
        self._folder = folder
        self._root = folder / "root"
        self._executors: list[ProcessExecutor] = []
        self._keys: list[AttemptKey] = []
        self.installation = secrets.token_hex(4)
        self._installations = [self.installation]
        self.executor = self.another_executor()

    def key(self, *, installation: str | None = None) -> AttemptKey:
        key = super().key(installation=installation)
        self._keys.append(key)
        return key

    def another_executor(self) -> ProcessExecutor:
        executor = build(HostConfig(name="here", options={"root": str(self._root), "cgroups": self._cgroups}))
        self._executors.append(executor)
        return executor

    def other_installation(self) -> str:
        self._installations.append(secrets.token_hex(4))
        return self._installations[-1]

    async def clean_up(self) -> None:
        for key in self._keys:
            await self.executor.remove(key.name)
        for executor in self._executors:
            await executor.close()

    async def leftovers(self, key: AttemptKey) -> Sequence[str]:
        return self._leftovers(key)

    async def living_processes(self, key: AttemptKey) -> int:
        return len(self._processes(key))

    async def prepare(self, key: AttemptKey, spec: RunSpec) -> bool:
        # A launch that dies between the directory and the start leaves exactly this.
        (self._root / key.name).mkdir(parents=True, mode=0o700)
        (self._root / key.name / "plan").write_text(json.dumps({"groups": []}))
        return True

    def shell(self, script: str) -> RunSpec:
        return RunSpec(image="ignored", command=("sh", "-c", script))

    def copies(self, source: str, target: str, *, content: bytes) -> RunSpec:
        return super().copies(source.lstrip("/"), target.lstrip("/"), content=content)

    def missing_command(self) -> RunSpec:
        return RunSpec(image="ignored", command=("no-such-command-anywhere",))

    def not_executable(self) -> RunSpec:
        file = self._folder / "not-executable"
        file.write_text("#!/bin/sh\n")
        return RunSpec(image="ignored", command=(str(file),))

    def missing_image(self) -> RunSpec | None:
        return None

    def exceeds_memory(self, *, in_child: bool) -> RunSpec | None:
        if not self.executor.capabilities.pids_limit:
            return None  # rlimits make the allocation fail and kill nobody
        script = f'python3 -c "{_HOG}"'
        return replace(self.shell(f"{script}; exit 0" if in_child else f"exec {script}"), memory_limit_mb=64)

    def _leftovers(self, key: AttemptKey) -> list[str]:
        files = [str(path) for path in self._root.rglob("*") if key.name in str(path)] if self._root.exists() else []
        groups, in_memory = _found("/sys/fs/cgroup", key.name), _found("/dev/shm", key.name)
        return [*files, *groups, *in_memory, *(f"process {pid}" for pid in self._processes(key))]

    def _processes(self, key: AttemptKey) -> list[int]:
        # The scratch directory in the environment marks them, by another way than the executor looks.
        mark = f"/{key.name}/work".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdecimal() and mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


def _found(root: str, name: str) -> list[str]:
    """Every directory of this name; what others take away meanwhile is passed over."""
    return [f"{place}/{name}" for place, folders, _ in os.walk(root) if name in folders]


class TestProcessExecutor(ExecutorContract):
    """With control groups, where this machine lets us make them."""

    @pytest.fixture
    async def harness(self, tmp_path: Path) -> AsyncIterator[Harness]:
        harness = ProcessHarness(tmp_path)
        try:
            yield harness
        finally:
            await harness.clean_up()


class TestProcessExecutorWithoutControlGroups(ExecutorContract):
    """As any user has it on any machine."""

    @pytest.fixture
    async def harness(self, tmp_path: Path) -> AsyncIterator[Harness]:
        harness = ProcessHarness(tmp_path, cgroups=False)
        try:
            yield harness
        finally:
            await harness.clean_up()
