"""A Docker engine for guides: a tiny image, names with a prefix, and nothing left behind."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sickbay.investigation.engine_view import engine_socket
from sickbay.lab.folder_state import State
from sickbay.safety.engine_client import EngineUnreachableError, ReadOnlyEngine

IMAGE = "sickbay-lab:busybox-1"

_SECONDS = 60
_making = threading.Lock()


def why_no_engine() -> str:
    """Say why no guide can use an engine here; empty where one answers."""
    for program in ("docker", "busybox"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    try:
        _engine().ask("/_ping", seconds=10)
    except EngineUnreachableError as error:
        return str(error)
    return ""


def lab_image() -> str:
    """Return the name of a small image with busybox's programs, made from this machine's own where it is missing."""
    with _making:
        if _docker(["image", "inspect", IMAGE], check=False).returncode:
            _docker(["import", "-", IMAGE], content=image_content())
    return IMAGE


def image_content() -> bytes:
    """Return the files of a small image as a tar archive."""
    path = shutil.which("busybox")
    if path is None:
        raise FileNotFoundError("busybox is not installed (Debian: apt-get install busybox-static)")
    applets = subprocess.run([path, "--list"], check=True, capture_output=True, text=True).stdout.split()  # noqa: S603  (an argument list)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
            _add(tar, folder, tarfile.DIRTYPE, mode)
        _add(tar, "bin/busybox", tarfile.REGTYPE, 0o755, Path(path).read_bytes())
        _add(tar, "etc/not-executable", tarfile.REGTYPE, 0o644, b"no program\n")
        _add(tar, "etc/passwd", tarfile.REGTYPE, 0o644, b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        for applet in applets:
            if applet != "busybox":
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
    return archive.getvalue()


def engine_state(prefix: str) -> State:
    """Return the engine's objects whose names begin with ``prefix``, without what only running changes.

    Raises ``EngineUnreachableError``.
    """
    state: dict[str, str] = {}
    for kind, found in _objects(prefix):
        for name, described in found:
            state[f"{kind} {name}"] = json.dumps(described, sort_keys=True)
    return state


def remove_objects(prefix: str) -> None:
    """Remove every container, network, volume, and image whose name begins with ``prefix``."""
    removals = {"container": ["rm", "--force"], "network": ["network", "rm"], "volume": ["volume", "rm", "--force"]}
    for kind, found in _objects(prefix):
        for name, _ in found:
            _docker([*removals.get(kind, ["rmi", "--force"]), name], check=False)


def _objects(prefix: str) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """Yield each kind with its objects, containers first, since they hold the others."""
    yield "container", list(_containers(prefix))
    named = {"filters": json.dumps({"name": [prefix]}, separators=(",", ":"))}
    networks = [each for each in ask_engine("/networks", named) if each["Name"].startswith(prefix)]
    yield "network", [(each["Name"], [each["Driver"], each["Labels"], each["Options"]]) for each in networks]
    volumes = [each for each in ask_engine("/volumes", named)["Volumes"] or [] if each["Name"].startswith(prefix)]
    yield "volume", [(each["Name"], [each["Driver"], each["Labels"]]) for each in volumes]
    images = [(tag, each["Id"]) for each in ask_engine("/images/json") for tag in each["RepoTags"] or []]
    yield "image", [(tag, number) for tag, number in images if tag.startswith(prefix)]


def _containers(prefix: str) -> Iterator[tuple[str, Any]]:
    filters = {"all": "1", "filters": json.dumps({"name": [prefix]}, separators=(",", ":"))}
    for each in ask_engine("/containers/json", filters):
        name = each["Names"][0].lstrip("/")
        if name.startswith(prefix):
            networks = sorted(each["NetworkSettings"]["Networks"])
            yield name, [each["Image"], each["Command"], each["State"], each["Labels"], each["Ports"], networks]


def ask_engine(path: str, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401  (whatever the engine answers)
    """Ask the engine, and return what it answers as plain data. Raises ``EngineUnreachableError``."""
    words = "&".join(f"{name}={quote(value, safe='')}" for name, value in (query or {}).items())
    answer = _engine().ask(f"{path}?{words}" if words else path, seconds=_SECONDS)
    return json.loads(answer.body)


def _engine() -> ReadOnlyEngine:
    path = engine_socket(os.environ)
    if path is None:
        raise EngineUnreachableError("the lab works with an engine on this machine only")
    return ReadOnlyEngine(path)


def _docker(
    arguments: Sequence[str], *, content: bytes | None = None, check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["docker", *arguments], input=content, capture_output=True, check=check, timeout=_SECONDS)  # noqa: S603, S607  (an argument list; the client on the path)


def push(source: str, target: str) -> None:
    """Put an image into a registry under another name, and take that name from the engine again."""
    _docker(["tag", source, target])
    try:
        _docker(["push", "--quiet", target])
    finally:
        _docker(["rmi", target], check=False)


def _add(tar: tarfile.TarFile, name: str, kind: bytes, mode: int, content: bytes = b"") -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size = kind, mode, len(content)
    tar.addfile(entry, io.BytesIO(content))
