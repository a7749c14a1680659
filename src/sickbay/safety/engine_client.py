"""Asking an engine through its local socket, and nothing else: every call passes ``engine_rules`` on its way out."""

from __future__ import annotations

import http.client
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from sickbay.safety.engine_rules import check_call

MOST_BYTES = 8 * 1024 * 1024
"""Most bytes that are kept of one answer."""

_BLOCK = 65536


class EngineUnreachableError(ConnectionError):
    """The engine does not answer, or not as an engine does."""


class EngineTimeoutError(EngineUnreachableError):
    """The engine had no whole answer in time."""


class EnginePermissionError(EngineUnreachableError):
    """This user may not talk to the engine."""


@dataclass(frozen=True, kw_only=True)
class EngineAnswer:
    """The engine's answer. ``truncated`` says that there was more than may be kept, ``kind`` is its media type."""

    status: int
    body: bytes
    truncated: bool = False
    kind: str = "application/json"


class _LocalConnection(http.client.HTTPConnection):
    """HTTP through a Unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("engine", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

    def cut(self) -> None:
        """End whatever is waited for. May be called from another thread."""
        if self.sock is not None:
            self.sock.shutdown(socket.SHUT_RDWR)


class ReadOnlyEngine:
    """An engine of which one can only ask. There is no other method, and none that takes a body or headers."""

    def __init__(self, path: Path = Path("/var/run/docker.sock")) -> None:
        self._path = path

    def ask(self, target: str, *, seconds: float, most_bytes: int = MOST_BYTES) -> EngineAnswer:
        """Ask for a path with its query. ``seconds`` are for the whole answer.

        Raises ``RefusedCallError`` before anything is sent, and :class:`EngineUnreachableError`.
        """
        check_call("GET", target)
        if seconds <= 0:
            raise EngineTimeoutError("no time is left")
        connection = _LocalConnection(self._path, seconds)
        cut = _Cut(connection)
        timer = threading.Timer(seconds, cut)
        timer.daemon = True  # nobody waits for it who has ended
        timer.start()
        try:
            answer = self._asked(connection, target, most_bytes)
        except PermissionError as error:
            raise EnginePermissionError(f"this user may not talk to {self._path}") from error
        except (OSError, http.client.HTTPException) as error:
            if cut.happened or isinstance(error, TimeoutError):
                raise EngineTimeoutError(f"the engine had no whole answer after {seconds:g} s") from error
            raise EngineUnreachableError(f"no engine answers at {self._path}") from error
        finally:
            timer.cancel()
            timer.join()
            connection.close()
        if cut.happened:  # what came before looks whole
            raise EngineTimeoutError(f"the engine had no whole answer after {seconds:g} s")
        return answer

    def _asked(self, connection: _LocalConnection, target: str, most_bytes: int) -> EngineAnswer:
        connection.request("GET", target, headers={"Accept": "application/json", "Connection": "close"})
        answer = connection.getresponse()
        body = bytearray()
        while len(body) <= most_bytes and (block := answer.read1(_BLOCK)):
            body += block
        if answer.length and len(body) <= most_bytes:
            raise http.client.IncompleteRead(bytes(body))
        return EngineAnswer(
            status=answer.status,
            body=bytes(body[:most_bytes]),
            truncated=len(body) > most_bytes,
            kind=answer.headers.get("Content-Type", "application/octet-stream"),
        )


class _Cut:
    """Cuts a connection when its time is over, and knows whether that happened."""

    def __init__(self, connection: _LocalConnection) -> None:
        self._connection = connection
        self.happened = False

    def __call__(self) -> None:
        self.happened = True
        try:
            self._connection.cut()
        except OSError:
            return  # it was not connected, or is no more
