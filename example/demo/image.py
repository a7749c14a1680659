"""A tiny image made from what this machine has: busybox, else a shell and some tools with the libraries they need."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from container_manager.executors.docker.address import Endpoint, endpoint_of

REPOSITORY, TAG = "sickbay-demo", "latest"
IMAGE = f"{REPOSITORY}:{TAG}"

TOOLS = (
    "sh",
    "awk",
    "cat",
    "dd",
    "find",
    "gzip",
    "head",
    "mkdir",
    "sed",
    "sha256sum",
    "sleep",
    "sort",
    "tar",
    "wc",
    "xargs",
)

_SECONDS = 60
_OK = 200
_LIBRARY = re.compile(r"(/\S+) \(0x")


class ImageError(Exception):
    """The demo's image could not be made."""


def import_image() -> str:
    """Make the image and hand it to the local engine, in place of that of the last demo. Return its name.

    Raises :class:`ImageError`.
    """
    content = _archive()
    status, described = _ask("GET", f"/images/{IMAGE}/json")
    earlier = json.loads(described)["Id"] if status == _OK else None
    status, text = _ask("POST", f"/images/create?fromSrc=-&repo={REPOSITORY}&tag={TAG}", content)
    if status != _OK or '"error"' in text:
        raise ImageError(f"the engine refused the image: {text.strip()}")
    if earlier is not None:
        _ask("DELETE", f"/images/{earlier}")  # an engine keeps it where something still uses it
    return IMAGE


def _ask(method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    connection = _connection(endpoint_of("", os.environ))
    try:
        connection.request(method, path, body=body, headers={"Content-Type": "application/x-tar"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except OSError as error:
        raise ImageError(f"the engine did not take the image: {error}") from error
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)


def _connection(endpoint: Endpoint) -> http.client.HTTPConnection:
    if endpoint.socket_path is not None:
        return _UnixConnection(endpoint.socket_path)
    return http.client.HTTPConnection(endpoint.base_url.removeprefix("http://"), timeout=_SECONDS)


def _archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for folder, mode in (("bin", 0o755), ("tmp", 0o1777), ("etc", 0o755)):
            archive.addfile(_entry(folder, tarfile.DIRTYPE, mode))
        _add_text(archive, "etc/passwd", "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
        busybox = shutil.which("busybox")
        if busybox is not None and not _libraries(busybox):
            _add_busybox(archive, busybox)
        else:
            _add_tools(archive)
    return buffer.getvalue()


def _add_busybox(archive: tarfile.TarFile, busybox: str) -> None:
    archive.add(os.path.realpath(busybox), "bin/busybox")
    for tool in TOOLS:
        link = _entry(f"bin/{tool}", tarfile.SYMTYPE, 0o777)
        link.linkname = "busybox"
        archive.addfile(link)


def _add_tools(archive: tarfile.TarFile) -> None:
    programs = {tool: shutil.which(tool) for tool in TOOLS}
    missing = sorted(tool for tool, path in programs.items() if path is None)
    if missing:
        raise ImageError(f"this machine lacks {', '.join(missing)} to make an image from")
    found = {tool: path for tool, path in programs.items() if path is not None}
    for tool, path in found.items():
        archive.add(os.path.realpath(path), f"bin/{tool}")
    for library in sorted({library for path in found.values() for library in _libraries(path)}):
        archive.add(os.path.realpath(library), library.lstrip("/"))


def _libraries(program: str) -> Iterable[str]:
    """Return the shared libraries a program loads, its loader included."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return list(_paths(done.stdout)) if done.returncode == 0 else []


def _paths(listing: str) -> Iterator[str]:
    for line in listing.splitlines():
        found = _LIBRARY.search(line)
        if found is not None and Path(found.group(1)).exists():
            yield found.group(1)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = _entry(name, tarfile.REGTYPE, 0o644)
    entry.size = len(text)
    archive.addfile(entry, io.BytesIO(text.encode()))


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.mode = mode
    return entry
