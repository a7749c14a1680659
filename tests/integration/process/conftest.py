"""A place for attempts that is empty before a test, and in which nothing runs after it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, Executor, Exited, LogCursor, LogFrame, Lost, Stream
from container_manager.executors.process.executor import ProcessExecutor, build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec

#: Longest wait on a loaded machine. Nothing here is a measure of speed.
PATIENCE_SECONDS = 60.0

#: Its own in each process: tests run beside each other on one machine.
INSTALLATION = secrets.token_hex(4)


def sh(script: str, **fields: object) -> RunSpec:
    """A shell script as a job."""
    return RunSpec(image="ignored", command=("sh", "-c", script), **fields)  # type: ignore[arg-type]  # any field


def python(script: str, **fields: object) -> RunSpec:
    """A Python script as a job."""
    return RunSpec(image="ignored", command=("python3", "-c", script), **fields)  # type: ignore[arg-type]  # any field


class Machine:
    """This machine as a test sees it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.executor = self.new_executor()
        self._number = 0

    def new_executor(self, **options: object) -> ProcessExecutor:
        return build(HostConfig(name="here", options={"root": str(self.root), **options}))

    def new_key(self) -> AttemptKey:
        self._number += 1
        return AttemptKey(installation=INSTALLATION, job_id=self._number, number=1)

    async def launch(self, spec: RunSpec, *, executor: Executor | None = None) -> str:
        return await (executor or self.executor).launch(self.new_key(), spec)

    async def until_over(self, handle: str) -> Exited | Lost:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                observation = await self.executor.outcome(handle)
                if isinstance(observation, Exited | Lost):
                    return observation
                await asyncio.sleep(0.02)

    async def run(self, spec: RunSpec, *, executor: Executor | None = None) -> tuple[Exited, bytes]:
        """Run to the end; the outcome, and what it wrote to stdout."""
        handle = await self.launch(spec, executor=executor)
        exited = await self.until_over(handle)
        assert isinstance(exited, Exited), exited
        return exited, await self.output(handle)

    async def frames(self, handle: str, cursor: LogCursor | None = None) -> list[LogFrame]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [frame async for frame in self.executor.logs(handle, cursor=cursor or LogCursor(), follow=False)]

    async def output(self, handle: str, stream: Stream = Stream.STDOUT) -> bytes:
        return b"".join(frame.data for frame in await self.frames(handle) if frame.stream is stream)

    async def until_output(self, handle: str, expected: bytes) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while expected not in await self.output(handle):  # noqa: ASYNC110  another process is waited for
                await asyncio.sleep(0.02)

    def record(self, handle: str, name: str) -> Mapping[str, str]:
        lines = (self.root / handle / name).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def kill_shim(self, handle: str) -> None:
        os.kill(int(self.record(handle, "started")["shim_pid"]), signal.SIGKILL)

    def processes(self, handle: str = "") -> list[int]:
        """Living processes that carry the attempt's scratch directory in their environment."""
        mark = f"HOME={self.root}/{handle}".encode()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and _has(entry, mark)]

    def groups(self, handle: str) -> list[Path]:
        """The control groups of an attempt that exist, wherever they are."""
        return list(Path("/sys/fs/cgroup").rglob(handle))

    def handles(self) -> list[str]:
        """The attempts that have a directory."""
        return [path.name for path in self.root.iterdir()] if self.root.exists() else []

    async def clean_up(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for found in await self.executor.adopt(INSTALLATION):
            await self.executor.remove(found.handle)
        await self.executor.close()


def _has(entry: Path, mark: bytes) -> bool:
    try:
        return mark in (entry / "environ").read_bytes()
    except OSError:
        return False


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path / "root")
    try:
        yield machine
    finally:
        await machine.clean_up()
