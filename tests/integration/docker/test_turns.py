"""Calls to one engine take turns, so that many attempts do not use up a process's descriptors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from container_manager.executors.docker.address import endpoint_of
from container_manager.executors.docker.transport import Call, Transport

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class SlowServer:
    """Answers each request once it is told to, and counts how many wait."""

    def __init__(self) -> None:
        self.waiting = 0
        self.most = 0
        self.answers = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            while (await reader.readline()).strip():
                pass
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            await self.answers.wait()
            self.waiting -= 1
            writer.write(_ANSWER)
        writer.close()

    async def settled(self, *, more_than: int = 0) -> int:
        """Wait until more than so many wait, and for a while no others come; return how many do."""
        async with asyncio.timeout(30):
            before = -1
            while self.waiting <= more_than or self.waiting != before:
                before = self.waiting
                await asyncio.sleep(0.3)
        return self.waiting


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[tuple[SlowServer, Transport]]:
    slow, socket = SlowServer(), folder / "engine.sock"
    server = await asyncio.start_unix_server(slow.serve, path=str(socket))
    transport = Transport(endpoint_of(f"unix://{socket}", {}))
    try:
        yield slow, transport
    finally:
        await transport.close()
        server.close()


async def test_many_calls_at_once_open_few_connections_and_all_are_answered(tmp_path: Path) -> None:
    async with connected(tmp_path) as (slow, transport):
        calls = [asyncio.create_task(transport.call(Call(method="GET", path="/x"), seconds=30)) for _ in range(300)]
        assert 8 <= await slow.settled() <= 64

        slow.answers.set()
        assert {body for _, body in await asyncio.gather(*calls)} == {b"{}"}

    assert slow.most <= 64


async def test_calls_that_wait_for_something_to_happen_hold_up_no_others(tmp_path: Path) -> None:
    async with connected(tmp_path) as (slow, transport):
        stop = Call(method="POST", path="/stop", is_long=True)
        stopping = [asyncio.create_task(transport.call(stop, seconds=30)) for _ in range(300)]
        held = await slow.settled()
        asked = asyncio.create_task(transport.call(Call(method="GET", path="/x"), seconds=30))
        assert await slow.settled(more_than=held) == held + 1

        slow.answers.set()
        await asyncio.gather(asked, *stopping)
