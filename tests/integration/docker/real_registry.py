"""Debian's own image registry, with one account that it lets in."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from tests import engine

USERNAME = "ann"
PASSWORD = "open sesame"

#: bcrypt of the password, the only kind that the registry takes.
_ACCOUNT = f"{USERNAME}:$2b$04$zvYzOe4yaQpcEwL0mxkDCeWmmkqRzWXFngnX1knwY0rQf7bEaUY6i\n"

_CONFIG = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/data}}}}
http: {{addr: {address}}}
auth: {{htpasswd: {{realm: test, path: {folder}/accounts}}}}
"""


class RealRegistry:
    """``start`` it first; ``stop`` ends it."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.address = f"127.0.0.1:{server.getsockname()[1]}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self._folder / "accounts").write_text(_ACCOUNT)
        config = self._folder / "config.yml"
        config.write_text(_CONFIG.format(folder=self._folder, address=self.address))
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.05)

    def push(self, name: str, source: str) -> str:
        """Put an image of the engine's into the registry under this name, and take the name from the engine again."""
        image = f"{self.address}/{name}"
        engine.oracle().images.get(source).tag(image)
        account = {"username": USERNAME, "password": PASSWORD}
        for line in engine.oracle().images.push(image, auth_config=account, stream=True, decode=True):
            assert "error" not in line, line
        engine.oracle().images.remove(image)
        return image

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)

    def _answers(self) -> bool:
        host, _, port = self.address.partition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=1):
                return True
        except OSError:
            return False
