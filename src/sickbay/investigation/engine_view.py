"""A view of the engine for confined programs: its address answers questions, and refuses everything else.

A confined program reaches no local socket, behind which the engine would do anything for it. What it reaches is a
loopback port of ours, for as long as the look takes: every call passes ``safety.engine_rules`` before the engine sees
it. The ``docker`` client finds the port by ``DOCKER_HOST``, and shows by a header of its configuration, which the look
alone can read, that it is the one meant to ask.
"""

from __future__ import annotations

import hmac
import json
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sickbay.safety.engine_client import EngineAnswer, EngineUnreachableError, ReadOnlyEngine
from sickbay.safety.engine_rules import RefusedCallError, check_call

DEFAULT_SOCKET = Path("/var/run/docker.sock")

_HEADER = "X-Sickbay-View"
_SECONDS_FOR_ONE = 20.0


@dataclass(frozen=True, kw_only=True)
class EngineView:
    """How a program reaches the view: the port that it must be let through to, and its variables."""

    port: int
    variables: Mapping[str, str]


def engine_socket(environment: Mapping[str, str]) -> Path | None:
    """Return the socket of the engine that the caller means, ``None`` for one that is elsewhere."""
    address = environment.get("DOCKER_HOST", "")
    if not address:
        return DEFAULT_SOCKET
    return Path(address.removeprefix("unix://")) if address.startswith("unix://") else None


@contextmanager
def engine_view(path: Path) -> Iterator[EngineView]:
    """Open a view of the engine behind a socket. Whether one answers there shows when somebody asks."""
    token = secrets.token_urlsafe(24)
    server = _Server(("127.0.0.1", 0), ReadOnlyEngine(path), token)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    folder = Path(tempfile.mkdtemp(prefix="sickbay-view-"))
    try:
        (folder / "config.json").write_text(json.dumps({"HttpHeaders": {_HEADER: token}}), encoding="utf-8")
        thread.start()
        port = server.server_address[1]
        variables = {"DOCKER_HOST": f"tcp://127.0.0.1:{port}", "DOCKER_CONFIG": str(folder), "DOCKER_CONTEXT": ""}
        yield EngineView(port=port, variables=variables)
    finally:
        if thread.is_alive():
            server.shutdown()
            thread.join()
        server.server_close()
        shutil.rmtree(folder, ignore_errors=True)


class _Server(ThreadingHTTPServer):
    """Answers calls with what the engine says."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def __init__(self, address: tuple[str, int], engine: ReadOnlyEngine, token: str) -> None:
        super().__init__(address, _Handler)
        self._engine = engine
        self._token = token
        self._version = ""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a program that hangs up in the middle has its reasons."""

    def is_meant(self, given: str) -> bool:
        """Say whether a caller showed the token."""
        return hmac.compare_digest(given.encode(), self._token.encode())

    def asked(self, method: str, target: str, *, has_body: bool) -> EngineAnswer:
        """Ask the engine, or say as an engine does why it is not asked."""
        try:
            check_call(method, target, has_body=has_body)
            return self._engine.ask(target, seconds=_SECONDS_FOR_ONE)
        except RefusedCallError as error:
            return _told(403, f"sickbay does not ask this while it looks: {error}")
        except EngineUnreachableError as error:
            return _told(502, str(error))

    def api_version(self) -> str:
        """Return the newest version of the engine's interface, empty where nothing answers."""
        if not self._version:
            answer = self.asked("GET", "/version", has_body=False)
            self._version = json.loads(answer.body)["ApiVersion"] if answer.status == 200 else ""
        return self._version


def _told(status: int, message: str) -> EngineAnswer:
    return EngineAnswer(status=status, body=json.dumps({"message": message}).encode())


class _Handler(BaseHTTPRequestHandler):
    """One call."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS_FOR_ONE

    def _answer(self) -> None:
        if not self.server.is_meant(self.headers.get(_HEADER, "")):
            answer = _told(403, "this view is not for you")
        else:
            has_body = self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers
            answer = self.server.asked(self.command, self.path, has_body=has_body)
        version = self.server.api_version() if answer.status == 200 else ""
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        if version:
            self.send_header("Api-Version", version)
            self.send_header("Ostype", "linux")
        self.end_headers()
        self.close_connection = True
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815  (the names http.server calls)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name of the method it overrides)
        """Write no log to a person's terminal."""
