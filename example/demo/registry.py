"""A registry on this machine that answers truly and holds nothing: any image asked of it is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

_MISSING = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode()


class _Handler(BaseHTTPRequestHandler):
    """The OCI distribution protocol, as far as an empty registry needs it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer that the protocol is spoken here, and that nothing else is."""
        greeting = self.path.rstrip("/") == "/v2"
        body = b"{}" if greeting else _MISSING
        self.send_response(200 if greeting else 404)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815  (the name is the base class's)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Keep the terminal for the demo's table."""


@contextmanager
def empty_registry() -> Iterator[str]:
    """Serve on loopback while the context is open; give the address as image references name it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
