"""A wire between a worker and an engine that can lose answers, stall, and break: everything that passes is real."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import tempfile
import threading
from collections import Counter
from pathlib import Path

_PIECE = 64 * 1024


class EngineProxy:
    """Listens on ``address`` and passes on to an engine's socket, one request a connection. ``close`` it."""

    def __init__(self, engine: str = "/var/run/docker.sock") -> None:
        self._engine = engine
        self._folder = Path(tempfile.mkdtemp(prefix="sb-wire-"))
        self.address = f"unix://{self._folder}/sock"
        self.passed: Counter[str] = Counter()
        """How many requests of each rule have been hit."""
        self._losing: dict[str, int] = {}
        self._flowing = threading.Event()
        self._flowing.set()
        self._stalled = ""
        self._open: list[tuple[str, socket.socket]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._folder / "sock"))
        self._listener.listen(200)
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answers(self, pattern: str, times: int = 1) -> None:
        """Let the engine do what such requests ask for, and tell nobody that it did."""
        self._losing[pattern] = times

    def stall(self, pattern: str) -> None:
        """Let nothing of the answers to such requests through until ``flow``."""
        self._stalled = pattern
        self._flowing.clear()

    def flow(self) -> None:
        """Let everything through again, also what was held up."""
        self._flowing.set()

    def cut(self, pattern: str) -> int:
        """Break every connection whose request was such a one; return how many."""
        found = [connection for request, connection in self._open if re.search(pattern, request)]
        for connection in found:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return len(found)

    def close(self) -> None:
        """Break everything."""
        self._listener.close()
        self._flowing.set()
        self.cut("")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError):
            engine.connect(self._engine)
            request, whole = _read_request(client)
            self._open.append((request, client))
            engine.sendall(whole)
            answer = engine.recv(_PIECE)
            if self._is_lost(request):
                return
            while answer:
                if self._stalled and re.search(self._stalled, request):
                    self._flowing.wait()
                client.sendall(answer)
                answer = engine.recv(_PIECE)

    def _is_lost(self, request: str) -> bool:
        for pattern, left in self._losing.items():
            if left and re.search(pattern, request):
                self._losing[pattern] -= 1
                self.passed[pattern] += 1
                return True
        return False


def _read_request(client: socket.socket) -> tuple[str, bytes]:
    """Return a request's first line, and all of it, asking the engine to close the connection after its answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(_PIECE)
        if not piece:
            raise ConnectionError("no request")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    sizes = [int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")]
    while len(body) < sum(sizes):
        body += client.recv(_PIECE)
    return lines[0].decode(), b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body
