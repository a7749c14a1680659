"""Following events. The engine here is a server of the test's own, which can talk faster than any real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from container_manager.executors.base import AttemptKey, ExecutorUnavailableError
from container_manager.executors.docker.address import endpoint_of
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.executors.docker.translate import labels_of
from container_manager.executors.docker.watching import Watcher

EVENTS = 5000


def event(number: int) -> bytes:
    key = AttemptKey(installation="0a1b2c3d", job_id=number, number=1)
    return json.dumps({"Action": "die", "Actor": {"Attributes": labels_of(key)}}).encode() + b"\n"


class Talker:
    """Sends its events at once and then what it was told to."""

    def __init__(self, ending: bytes) -> None:
        self.ending = ending
        self.has_sent_all = asyncio.Event()

    async def ping(self, _: web.Request) -> web.Response:
        return web.Response(text="OK", headers={"Api-Version": "1.41"})

    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(EVENTS):
            await response.write(event(number))
        await response.write(self.ending)
        self.has_sent_all.set()
        return response


@pytest.fixture
def ending() -> bytes:
    return b""


@pytest.fixture
async def talker(tmp_path: Path, ending: bytes) -> AsyncIterator[Talker]:
    talker = Talker(ending)
    application = web.Application()
    application.router.add_get("/_ping", talker.ping)
    application.router.add_get("/v1.41/events", talker.events)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "s")).start()
    yield talker
    await runner.cleanup()


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[EngineClient]:
    client = EngineClient(endpoint_of(f"unix://{tmp_path / 's'}", {}))
    yield client
    await client.close()


async def test_whoever_takes_hints_slowly_never_makes_the_engine_wait(talker: Talker, client: EngineClient):
    hints = Watcher(client, {}, max_waiting=100).hints()
    first = await anext(hints)
    # Nothing is taken from here on, and yet the engine gets rid of everything.
    await asyncio.wait_for(talker.has_sent_all.wait(), timeout=30)
    rest = [hint async for hint in hints]
    assert len(rest) < EVENTS / 2
    assert first.key.job_id < rest[0].key.job_id
    assert rest[-1].key.job_id == EVENTS - 1


async def test_the_end_of_the_events_ends_the_watch_quietly(talker: Talker, client: EngineClient):
    hints = [hint async for hint in Watcher(client, {}).hints()]
    assert [hint.key.job_id for hint in hints] == list(range(EVENTS))


@pytest.mark.parametrize("ending", [b"x" * 2_000_000, b"no json\n"], ids=["a line without end", "not JSON"])
@pytest.mark.usefixtures("talker")
async def test_events_that_cannot_be_read_end_the_watch_as_unavailable(client: EngineClient):
    executor = DockerExecutor(client)
    with pytest.raises(ExecutorUnavailableError):
        async for _ in executor.watch("0a1b2c3d"):
            pass
