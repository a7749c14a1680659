"""HTTP to one engine: the only file that knows aiohttp.

The connector is our own and has no limit on connections: with one, the call after the last free connection would wait
for ever behind followed logs. Calls take turns instead, so that many attempts do not use up the process's descriptors;
those that wait for something to happen do not keep the others waiting.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import aiohttp
import msgspec
from yarl import URL

from container_manager.executors.docker.address import Endpoint
from container_manager.executors.docker.errors import EngineTimeoutError, EngineUnreachableError, response_error
from container_manager.executors.docker.tls import context_of
from container_manager.executors.docker.wire import ErrorBody

CONNECT_SECONDS = 5.0

#: Calls at once to one engine.
_FEWEST_AT_ONCE = 8
_MOST_AT_ONCE = 64

#: What is kept of an error's body.
_MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Call:
    """One HTTP request, without where to."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    content: AsyncIterator[bytes] | None = None
    """What is sent piece by piece instead of a body."""
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    """They may hold credentials."""
    is_long: bool = False
    """Whether it is answered only once something has happened that takes its time."""


class Transport:
    """Connections to one engine, made as they are needed, kept while it lives."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._turns = asyncio.Semaphore(_at_once(most // 8))
        self._long_turns = asyncio.Semaphore(_at_once(most // 4))

    async def close(self) -> None:
        """Close all connections."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def call(self, call: Call, *, seconds: float) -> tuple[Mapping[str, str], bytes]:
        """Make one call and return the answer's headers and body. 304 ("it is so already") is a success."""
        limit = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        async with self._long_turns if call.is_long else self._turns:
            with self._errors(seconds):
                async with self._request(call, limit) as response:
                    await _raise_for_status(response)
                    return response.headers, await response.read()

    async def stream(self, call: Call, *, idle_seconds: float | None) -> AsyncGenerator[bytes, None]:
        """Make one call and yield its answer piece by piece as it comes; ``idle_seconds`` bounds each silence."""
        limit = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=idle_seconds)
        with self._errors(idle_seconds):
            async with self._request(call, limit) as response:
                await _raise_for_status(response)
                async for piece in response.content.iter_any():
                    yield piece

    @asynccontextmanager
    async def _request(self, call: Call, limit: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientResponse]:
        # The path is encoded already: a container's name must not be read as a path.
        url = URL(self._endpoint.base_url + call.path, encoded=True).with_query(dict(call.query))
        async with self._connection().request(
            call.method,
            url,
            json=call.body,
            data=call.content,
            headers=call.headers,
            timeout=limit,
            allow_redirects=False,
        ) as response:
            yield response

    def _connection(self) -> aiohttp.ClientSession:
        if self._closed:
            raise EngineUnreachableError("this executor was closed")
        if self._session is None:
            path = self._endpoint.socket_path
            connector = aiohttp.UnixConnector(path, limit=0) if path else self._tcp_connector()
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def _tcp_connector(self) -> aiohttp.TCPConnector:
        if self._endpoint.tls is None:
            return aiohttp.TCPConnector(limit=0)
        try:
            return aiohttp.TCPConnector(limit=0, ssl=context_of(self._endpoint.tls))
        except ValueError as error:
            raise EngineUnreachableError(str(error)) from error

    @contextmanager
    def _errors(self, seconds: float | None) -> Iterator[None]:
        where = self._endpoint.address
        try:
            yield
        except TimeoutError as error:
            raise EngineTimeoutError(
                f"the engine at {where} did not answer within {seconds or CONNECT_SECONDS} s"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise EngineUnreachableError(f"the engine at {where} cannot be reached: {error}") from error


def _at_once(share: int) -> int:
    """Return how many connections a share of this process's descriptors is good for; an engine serves few at a time."""
    return max(_FEWEST_AT_ONCE, min(_MOST_AT_ONCE, share))


async def _raise_for_status(response: aiohttp.ClientResponse) -> None:
    if response.status < 300 or response.status == 304:
        return
    text = (await response.content.read(_MAX_ERROR_BYTES)).decode(errors="replace").strip()
    try:
        message = msgspec.json.decode(text, type=ErrorBody).message
    except msgspec.MsgspecError:
        message = text
    raise response_error(response.status, message or response.reason or "")
