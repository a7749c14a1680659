"""Image registries for guides: Debian's own, open, with an account, and with TLS; and one that limits its callers."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sickbay.lab.engine_objects import lab_image, push

USER = "lab"
PASSWORD = "open sesame"  # noqa: S105  (of a registry that is thrown away)

#: bcrypt of the password, the only kind that the registry takes.
_ACCOUNT = f"{USER}:$2b$04$zvYzOe4yaQpcEwL0mxkDCeWmmkqRzWXFngnX1knwY0rQf7bEaUY6i\n"

_SECONDS = 30.0


def why_no_registry() -> str:
    """Say why no registry can be started; empty where one can."""
    missing = [program for program in ("docker-registry", "openssl") if shutil.which(program) is None]
    return f"{' and '.join(missing)} missing (Debian: apt-get install {' '.join(missing)})" if missing else ""


@contextmanager
def registries(folder: Path) -> Iterator[Mapping[str, str]]:
    """Start all four and yield the variables that name them. The open one holds ``lab/busybox:1``."""
    with ExitStack() as stack:
        opened = stack.enter_context(_registry(folder / "open", ""))
        push(lab_image(), f"{opened}/lab/busybox:1")
        known = stack.enter_context(_registry(folder / "auth", _accounts(folder / "auth")))
        authority = _certificate(folder / "tls")
        trusted = stack.enter_context(_registry(folder / "tls", _tls(folder / "tls"), host=_outside_address()))
        limited = stack.enter_context(_limiting())
        yield {
            "SICKBAY_REGISTRY": opened,
            "SICKBAY_REGISTRY_AUTH": known,
            "SICKBAY_REGISTRY_PASSWORD": PASSWORD,
            "SICKBAY_REGISTRY_TLS": trusted,
            "SICKBAY_REGISTRY_CA": str(authority),
            "SICKBAY_REGISTRY_LIMITED": limited,
        }


def _accounts(folder: Path) -> str:
    folder.mkdir(parents=True)
    (folder / "accounts").write_text(_ACCOUNT, encoding="utf-8")
    return f"auth: {{htpasswd: {{realm: lab, path: {folder}/accounts}}}}\n"


def _certificate(folder: Path) -> Path:
    """Make a certificate that nobody knows, for this machine's addresses; return its file."""
    folder.mkdir(parents=True)
    names = f"subjectAltName=IP:127.0.0.1,IP:{_outside_address()}"
    made = folder / "certificate.pem"
    subject = ["-subj", "/CN=sickbay lab", "-addext", names, "-days", "2"]
    keys = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "key.pem"), "-out", str(made)]
    subprocess.run(["openssl", "req", "-x509", *keys, *subject], check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603, S607  (an argument list; the program on the path)
    return made


def _tls(folder: Path) -> str:
    return f"tls: {{certificate: {folder}/certificate.pem, key: {folder}/key.pem}}"


def _outside_address() -> str:
    """Return an address of this machine that is not the loopback's, which engines trust without TLS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # documentation's network: nothing is sent, only the way is looked up
        except OSError:
            return "172.17.0.1"  # the engine's own bridge, where nothing leads outside
        return str(asking.getsockname()[0])


@contextmanager
def _registry(folder: Path, more: str, host: str = "127.0.0.1") -> Iterator[str]:
    """Start one with further lines of configuration: ``tls: …`` for its listener, or ``auth: …``."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server((host, 0)) as free:
        address = f"{host}:{free.getsockname()[1]}"
    listener = f"http: {{addr: '{address}'{f', {more}' if more.startswith('tls') else ''}}}\n"
    storage = f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
    config = f"version: 0.1\nlog: {{level: error}}\n{storage}{listener}{'' if more.startswith('tls') else more}"
    (folder / "config.yml").write_text(config, encoding="utf-8")
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], stdout=log, stderr=log)  # noqa: S603, S607  (an argument list; the program on the path)
    try:
        _wait_for(address, running, folder / "log")
        yield address
    finally:
        running.terminate()
        running.wait(timeout=_SECONDS)


def _wait_for(address: str, running: subprocess.Popen[bytes], log: Path) -> None:
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            if running.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"the registry does not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def _limiting() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Limiting)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Limiting(BaseHTTPRequestHandler):
    """Answers as a registry does whose callers have asked too often."""

    def do_GET(self) -> None:
        if self.path in {"/v2/", "/v2"}:
            self._say(200, {})
            return
        message = "You have reached your pull rate limit."
        self._say(429, {"errors": [{"code": "TOOMANYREQUESTS", "message": message}]})

    do_HEAD = do_GET  # noqa: N815  (the name http.server calls)

    def _say(self, status: int, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        if status != 200:
            self.send_header("Retry-After", "60")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name of the method it overrides)
        """Write no log to a person's terminal."""
