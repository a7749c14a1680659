"""A thin client of the engine's HTTP API: typed answers, bytes kept as bytes, a time limit on every call.

It decides nothing and retries nothing. Errors come out as the types of :mod:`.errors`, and nothing else does.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from container_manager.executors.base import Stream
from container_manager.executors.docker import wire
from container_manager.executors.docker.address import Endpoint
from container_manager.executors.docker.errors import EngineNotFoundError, EngineProtocolError
from container_manager.executors.docker.framing import Demultiplexer, LineSplitter, RawFrame
from container_manager.executors.docker.liveness import while_alive
from container_manager.executors.docker.transport import Call, Transport

#: The newest API whose answers were read for this client. The engine's own is used where that is older.
NEWEST_API: Final = (1, 47)
OLDEST_API: Final = (1, 40)

#: Longest line of events or pull progress that is taken.
MAX_LINE_BYTES: Final = 1024 * 1024

#: How many events an engine remembers (moby, daemon/events: ``eventsLimit``).
REMEMBERED_EVENTS: Final = 256

#: How much longer an engine may be silent than for other answers, while it goes through a long log.
_LOG_PATIENCE: Final = 4

T = TypeVar("T")
Filters = Mapping[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long each kind of call may take, in seconds. For streams: how long it may be silent."""

    probe: float = 5.0
    """Ping, version, info."""
    read: float = 30.0
    """Inspect, list, one sample of stats."""
    create: float = 60.0
    start: float = 120.0
    stop: float = 30.0
    """Beyond the grace given to the program."""
    remove: float = 120.0
    silence: float = 30.0
    """In a stream that may be silent: after this the engine is asked whether it is there."""
    least_bytes_per_second: float = 1024 * 1024
    """What is sent slower than this is given up."""


class EngineClient:
    """One engine. Connects at the first call; belongs to the event loop of that call."""

    def __init__(self, endpoint: Endpoint, *, timeouts: Timeouts | None = None) -> None:
        self.endpoint = endpoint
        self._timeouts = timeouts or Timeouts()
        self._transport = Transport(endpoint)
        self._api_version: tuple[int, int] | None = None

    async def close(self) -> None:
        """Close every connection; streams that are being read end with an error."""
        await self._transport.close()

    # The engine itself

    async def ping(self) -> tuple[int, int]:
        """Ask whether the engine is there; return the API version to speak with it: the older of both sides' newest."""
        headers, _ = await self._transport.call(Call(method="GET", path="/_ping"), seconds=self._timeouts.probe)
        theirs = _parse_version(headers.get("Api-Version", ""))
        if theirs < OLDEST_API:
            raise EngineProtocolError(
                f"the engine speaks API {_dotted(theirs)}; the oldest supported is {_dotted(OLDEST_API)}"
            )
        return min(theirs, NEWEST_API)

    async def version(self) -> wire.Version:
        """Return the engine's version."""
        return _decode(await self._get("/version", self._timeouts.probe), wire.Version)

    async def info(self) -> wire.Info:
        """Return the engine's size and how it makes cgroups."""
        return _decode(await self._get("/info", self._timeouts.probe), wire.Info)

    # Containers

    async def create(self, name: str, body: Mapping[str, object]) -> str:
        """Create a container and return its id."""
        call = Call(method="POST", path="/containers/create", query={"name": name}, body=body)
        return _decode(await self._call(call, self._timeouts.create), wire.Created).id

    async def start(self, container: str) -> None:
        """Start a container. Succeeds where it runs already."""
        await self._call(Call(method="POST", path=_path(container, "start")), self._timeouts.start)

    async def stop(self, container: str, *, grace_seconds: float) -> None:
        """Stop a container: SIGTERM, and SIGKILL after the grace. Succeeds where it is over already."""
        grace = math.ceil(grace_seconds)
        call = Call(method="POST", path=_path(container, "stop"), query={"t": str(grace)}, is_long=True)
        await self._call(call, grace + self._timeouts.stop)

    async def remove(self, container: str) -> None:
        """Remove a container with its log and its anonymous volumes, killing it where it runs."""
        call = Call(method="DELETE", path=_path(container), query={"force": "1", "v": "1"})
        await self._call(call, self._timeouts.remove)

    async def inspect(self, container: str) -> wire.Container:
        """Return what the engine knows of a container."""
        return _decode(await self._get(_path(container, "json"), self._timeouts.read), wire.Container)

    async def containers(self, filters: Filters) -> list[wire.ListedContainer]:
        """Return the containers that match, in every state."""
        query = {"all": "1", "filters": json.dumps(filters)}
        return _decode(
            await self._get("/containers/json", self._timeouts.read, query=query), list[wire.ListedContainer]
        )

    async def stats(self, container: str) -> wire.Stats:
        """Take one sample of a running container's use of memory and processor."""
        query = {"stream": "0", "one-shot": "1"}
        return _decode(await self._get(_path(container, "stats"), self._timeouts.read, query=query), wire.Stats)

    async def logs(
        self, container: str, *, streams: Collection[Stream], since: str, follow: bool, tail: int | None = None
    ) -> AsyncGenerator[list[RawFrame], None]:
        """Yield log frames from ``since`` on (inclusive; seconds, nine decimals), each with its time stamp in front.

        With ``tail`` at most so many of the last ones.
        """
        query = {
            "stdout": str(int(Stream.STDOUT in streams)),
            "stderr": str(int(Stream.STDERR in streams)),
            "follow": str(int(follow)),
            "since": since,
            "timestamps": "1",
            "tail": "all" if tail is None else str(tail),
        }
        call = Call(method="GET", path=_path(container, "logs"), query=query)
        frames = Demultiplexer()
        idle = None if follow else _LOG_PATIENCE * self._timeouts.read
        async with aclosing(self._stream(call, idle)) as pieces:
            async for piece in pieces:
                yield frames.feed(piece)

    async def events(self, filters: Filters) -> AsyncGenerator[wire.Event, None]:
        """Yield what happens from now on. Silence is normal here and has no limit."""
        call = Call(method="GET", path="/events", query={"filters": json.dumps(filters)})
        async with aclosing(self._lines(call, wire.Event, None)) as events:
            async for event in events:
                yield event

    async def past_events(self) -> list[wire.Event]:
        """Return what the engine remembers of what happened in it, oldest first: little, and nothing of earlier lives.

        It keeps ``REMEMBERED_EVENTS``, in memory.
        """
        told = (await self.info()).system_time
        try:
            now = datetime.fromisoformat(told).timestamp()
        except ValueError as error:
            raise EngineProtocolError(f"the engine tells its time as {told!r}") from error
        query = {"since": "0", "until": f"{now:.6f}"}
        call = Call(method="GET", path="/events", query=query)
        async with aclosing(self._lines(call, wire.Event, self._timeouts.read)) as events:
            return [event async for event in events]

    async def put_archive(self, container: str, pieces: AsyncIterator[bytes], *, size: int) -> None:
        """Unpack a tar archive at the container's root; ``size`` is about how long it is."""
        query = {"path": "/", "noOverwriteDirNonDir": "1"}
        headers = {"Content-Type": "application/x-tar"}
        call = Call(method="PUT", path=_path(container, "archive"), query=query, headers=headers, content=pieces)
        await self._call(call, self._timeouts.read + size / self._timeouts.least_bytes_per_second)

    async def get_archive(self, container: str, path: str) -> AsyncGenerator[bytes, None]:
        """Yield a path of a container, running or not, as a tar archive."""
        call = Call(method="GET", path=_path(container, "archive"), query={"path": path})
        async with aclosing(self._stream(call, self._timeouts.read)) as pieces:
            async for piece in pieces:
                yield piece

    # Images

    async def has_image(self, image: str) -> bool:
        """Say whether the engine has an image by this reference or id."""
        try:
            await self._get(f"/images/{quote(image, safe='/:@')}/json", self._timeouts.read)
        except EngineNotFoundError:
            return False
        return True

    async def pull(self, repository: str, version: str, *, auth: str) -> AsyncGenerator[wire.Progress, None]:
        """Pull an image and yield the progress. It may be silent for any time: whoever reads it sets the limit."""
        query = {"fromImage": repository, "tag": version}
        call = Call(method="POST", path="/images/create", query=query, headers={"X-Registry-Auth": auth})
        async with aclosing(self._lines(call, wire.Progress, None)) as progress:
            async for step in progress:
                yield step

    # Calls of each shape

    async def _call(self, call: Call, seconds: float) -> bytes:
        _, answer = await self._transport.call(await self._versioned(call), seconds=seconds)
        return answer

    async def _get(self, path: str, seconds: float, query: Mapping[str, str] | None = None) -> bytes:
        return await self._call(Call(method="GET", path=path, query=query or {}), seconds)

    async def _stream(self, call: Call, idle_seconds: float | None) -> AsyncGenerator[bytes, None]:
        versioned = await self._versioned(call)
        stream = self._transport.stream(versioned, idle_seconds=idle_seconds)
        if idle_seconds is None:
            stream = while_alive(stream, self.ping, silence_seconds=self._timeouts.silence)
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                yield piece

    async def _lines(self, call: Call, kind: type[T], idle_seconds: float | None) -> AsyncGenerator[T, None]:
        splitter = LineSplitter(max_bytes=MAX_LINE_BYTES)
        async with aclosing(self._stream(call, idle_seconds)) as pieces:
            async for piece in pieces:
                for line in splitter.feed(piece):
                    yield _decode(line, kind)
        for line in splitter.rest():
            yield _decode(line, kind)

    async def _versioned(self, call: Call) -> Call:
        if self._api_version is None:
            self._api_version = await self.ping()
        return replace(call, path=f"/v{_dotted(self._api_version)}{call.path}")


def _decode(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise EngineProtocolError(f"an answer of the engine could not be read: {error}") from error


def _path(container: str, *parts: str) -> str:
    return "/".join(("/containers", quote(container, safe=""), *parts))


def _parse_version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    if not (major.isdigit() and minor.isdigit()):
        raise EngineProtocolError(f"no Docker engine answers there: its ping names API version {text!r}")
    return int(major), int(minor)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
