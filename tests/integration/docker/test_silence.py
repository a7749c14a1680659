"""Engines that are not there, do not answer, or are none. Needs no engine: these are servers of the test's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, ExecutorUnavailableError, LogCursor
from container_manager.executors.docker.address import endpoint_of
from container_manager.executors.docker.engine import EngineClient, Timeouts
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.executors.docker.translate import labels_of
from container_manager.runspec.spec import RunSpec

KEY = AttemptKey(installation="0a1b2c3d", job_id=1, number=1)
IMPATIENT = Timeouts(probe=0.2, read=0.2, create=0.2, start=0.2, stop=0.2, remove=0.2, silence=0.2)


def executor_at(socket: Path) -> DockerExecutor:
    return DockerExecutor(EngineClient(endpoint_of(f"unix://{socket}", {}), timeouts=IMPATIENT))


@asynccontextmanager
async def server(socket: Path, answer: bytes | None) -> AsyncIterator[DockerExecutor]:
    """An executor on a server that answers everything with these bytes, or never."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        if answer is None:
            await done.wait()
        else:
            writer.write(answer)
        writer.close()

    listening = await asyncio.start_unix_server(serve, socket)
    executor = executor_at(socket)
    yield executor
    done.set()
    await executor.close()
    listening.close()
    await listening.wait_closed()


async def _first(items: AsyncIterator[object]) -> object:
    return await anext(items, None)


CALLS: dict[str, Callable[[DockerExecutor], Awaitable[object]]] = {
    "capacity": lambda executor: executor.capacity(),
    "launch": lambda executor: executor.launch(KEY, RunSpec(image="app:1")),
    "adopt": lambda executor: executor.adopt(KEY.installation),
    "outcome": lambda executor: executor.outcome(KEY.name),
    "stop": lambda executor: executor.stop(KEY.name, grace_seconds=0),
    "remove": lambda executor: executor.remove(KEY.name),
    "logs": lambda executor: _first(executor.logs(KEY.name, cursor=LogCursor(), follow=True)),
    "watch": lambda executor: _first(executor.watch(KEY.installation)),
}


@pytest.mark.parametrize("call", CALLS)
async def test_an_engine_that_never_answers_is_unavailable_and_nothing_hangs(tmp_path: Path, call: str):
    async with server(tmp_path / "s", None) as executor:
        with pytest.raises(ExecutorUnavailableError, match="did not answer"):
            await asyncio.wait_for(CALLS[call](executor), timeout=30)


@pytest.mark.parametrize("call", CALLS)
async def test_an_engine_that_is_not_there_is_unavailable(tmp_path: Path, call: str):
    executor = executor_at(tmp_path / "missing")
    with pytest.raises(ExecutorUnavailableError, match="cannot be reached"):
        await CALLS[call](executor)
    await executor.close()


async def test_another_server_in_the_engines_place_is_told(tmp_path: Path):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    async with server(tmp_path / "s", answer) as executor:
        with pytest.raises(ExecutorUnavailableError, match="no Docker engine"):
            await executor.capacity()


async def test_an_engine_too_old_is_told(tmp_path: Path):
    answer = b"HTTP/1.1 200 OK\r\nApi-Version: 1.24\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
    async with server(tmp_path / "s", answer) as executor:
        fingerprint = await executor.check_health()
    assert not fingerprint.healthy
    assert "1.24" in fingerprint.detail


async def test_health_never_raises_and_gives_the_systems_own_words(tmp_path: Path):
    executor = executor_at(tmp_path / "missing")
    fingerprint = await executor.check_health()
    assert not fingerprint.healthy
    assert "No such file or directory" in fingerprint.detail
    await executor.close()


async def test_more_than_a_hundred_calls_may_wait_at_once(tmp_path: Path):
    async with server(tmp_path / "s", None) as executor:
        answers = await asyncio.gather(*(executor.outcome(KEY.name) for _ in range(150)), return_exceptions=True)
    assert all(isinstance(answer, ExecutorUnavailableError) for answer in answers)


EVENT = json.dumps({"Action": "die", "Actor": {"Attributes": labels_of(KEY)}}).encode() + b"\n"
HEAD = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n"


@asynccontextmanager
async def living_server(socket: Path, freezes: asyncio.Event) -> AsyncIterator[DockerExecutor]:
    """An executor on a server that tells one event and then no more; it answers pings until it freezes."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if b"/_ping" in asked and not freezes.is_set():
            writer.write(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\nOK")
        elif b"/events" in asked:
            writer.write(HEAD + b"Connection: close\r\n\r\n" + EVENT)
            await done.wait()
        else:
            await done.wait()
        writer.close()

    listening = await asyncio.start_unix_server(serve, socket)
    executor = executor_at(socket)
    yield executor
    done.set()
    await executor.close()
    listening.close()
    await listening.wait_closed()


async def test_silence_of_a_living_engine_ends_no_stream(tmp_path: Path):
    async with living_server(tmp_path / "s", asyncio.Event()) as executor:
        hints = executor.watch(KEY.installation)
        assert (await anext(hints)).key == KEY
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(hints), timeout=1.5)


async def test_an_engine_that_freezes_in_the_middle_of_a_stream_is_unavailable(tmp_path: Path):
    freezes = asyncio.Event()
    async with living_server(tmp_path / "s", freezes) as executor:
        hints = executor.watch(KEY.installation)
        assert (await anext(hints)).key == KEY
        freezes.set()
        with pytest.raises(ExecutorUnavailableError, match="did not answer"):
            await asyncio.wait_for(anext(hints), timeout=30)
