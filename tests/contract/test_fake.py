"""The contract suite, put to the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from container_manager.executors.base import AttemptKey, Executor, Stream, Usage, UsageSource
from container_manager.executors.fake import (
    FakeExecutor,
    FakePlatform,
    FakeProgram,
    FakeRefusal,
    FakeWrite,
)
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec
from tests.contract.harness import Harness
from tests.contract.suite import ExecutorContract

IMAGE = "fake:1"


class FakeHarness(Harness):
    """A platform in memory whose programs are scripted by command."""

    installation = "0000aaaa"

    def __init__(self) -> None:
        super().__init__()
        self._platform = FakePlatform()
        self._executors: list[Executor] = []
        self.executor = self.another_executor()

    def another_executor(self) -> Executor:
        self._executors.append(FakeExecutor(self._platform))
        return self._executors[-1]

    def other_installation(self) -> str:
        return "0000bbbb"

    async def clean_up(self) -> None:
        for executor in self._executors:
            await executor.close()

    async def leftovers(self, key: AttemptKey) -> Sequence[str]:
        return [held.name for held in self._platform.held() if held == key]

    async def living_processes(self, key: AttemptKey) -> int:
        attempt = self._platform.get(key.name)
        return 0 if attempt is None or attempt.is_over(self._platform.time.now()) else 1

    async def prepare(self, key: AttemptKey, spec: RunSpec) -> bool:
        self._platform.prepare(key, spec)
        return True

    def shell(self, script: str) -> RunSpec:
        raise AssertionError("the fake has no shell")

    def _scripted(self, name: str, program: FakeProgram) -> RunSpec:
        self._platform.script(program, command=(name,))
        return RunSpec(image=IMAGE, command=(name,))

    def prints(self, *, stdout: bytes = b"", stderr: bytes = b"") -> RunSpec:
        return self._scripted(f"prints {stdout!r} {stderr!r}", FakeProgram(stdout=stdout, stderr=stderr))

    def exits_with(self, code: int) -> RunSpec:
        return self._scripted(f"exits {code}", FakeProgram(exit_code=code))

    def sleeps(self, seconds: float) -> RunSpec:
        usage = Usage(peak_memory_bytes=4096, cpu_seconds=seconds, pids_peak=2, source=UsageSource.EXACT)
        return self._scripted(f"sleeps {seconds}", FakeProgram(lasts=seconds, usage=usage))

    def ignores_sigterm(self) -> RunSpec:
        return self._scripted("ignores", FakeProgram(stdout=b"ready\n", lasts=60, ignores_sigterm=True))

    def forks_children(self) -> RunSpec:
        return self._scripted("forks", FakeProgram(stdout=b"ready\n", lasts=60))

    def prints_slowly(self, lines: Sequence[bytes], *, pause: float) -> RunSpec:
        writes = tuple(
            FakeWrite(data=line + b"\n", stream=stream, after=number * pause)
            for number, line in enumerate(lines)
            for stream in Stream
        )
        return self._scripted("slowly", FakeProgram(writes=writes, lasts=len(lines) * pause))

    def kills_itself(self, signal: int) -> RunSpec:
        return self._scripted(f"signal {signal}", FakeProgram(signal=signal))

    def prints_variable(self, name: str, value: str, *, secret: bool = False) -> RunSpec:
        self._platform.script(lambda spec: FakeProgram(stdout=spec.environment[name].encode()), command=("env",))
        names = frozenset({name}) if secret else frozenset()
        return RunSpec(image=IMAGE, command=("env",), environment={name: value}, secret_names=names)

    def prints_working_directory(self, directory: str) -> RunSpec:
        self._platform.script(lambda spec: FakeProgram(stdout=f"{spec.working_directory}\n".encode()), command=("pwd",))
        return RunSpec(image=IMAGE, command=("pwd",), working_directory=directory)

    def copies(self, source: str, target: str, *, content: bytes) -> RunSpec:
        return self._scripted(f"copies {target}", FakeProgram(stdout=content, files={target: content}))

    def prints_secret_file(self, name: str) -> RunSpec:
        def content(spec: RunSpec) -> FakeProgram:
            return FakeProgram(stdout=b"".join(file.content for file in spec.secret_files if file.path == name))

        self._platform.script(content, command=("cat", name))
        return RunSpec(image=IMAGE, command=("cat", name))

    def missing_command(self) -> RunSpec:
        refusal = FakeRefusal("no such command", reason=FailureReason.LAUNCH_REFUSED, exit_code=127)
        return self._scripted("missing", FakeProgram(refusal=refusal))

    def not_executable(self) -> RunSpec:
        refusal = FakeRefusal("permission denied", reason=FailureReason.LAUNCH_REFUSED, exit_code=126)
        return self._scripted("not executable", FakeProgram(refusal=refusal))

    def missing_image(self) -> RunSpec | None:
        return self._scripted("no image", FakeProgram(refusal=FakeRefusal("no such image")))

    def exceeds_memory(self, *, in_child: bool) -> RunSpec | None:
        killed = FakeProgram(oom_killed=True) if in_child else FakeProgram(oom_killed=True, signal=9)
        return replace(self._scripted(f"eats, child: {in_child}", killed), memory_limit_mb=32)


class TestFakeExecutor(ExecutorContract):
    """Every promise, kept in memory."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        harness = FakeHarness()
        yield harness
        await harness.clean_up()
        await asyncio.sleep(0)
