"""Where the engine listens: from an address as people write it to an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from container_manager.executors.docker.tls import TlsFiles, files_in

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"

_TLS_PORT = 2376
_PLAIN_PORT = 2375


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An engine's address: a unix socket, or a base URL, of plain HTTP where there is no ``tls``."""

    address: str
    """As given, for people."""
    base_url: str
    socket_path: str | None = None
    tls: TlsFiles | None = None


def endpoint_of(address: str, environment: Mapping[str, str], tls: TlsFiles | None = None) -> Endpoint:
    """Return the endpoint for a host's address, or for ``DOCKER_HOST`` where that is empty.

    ``tls`` is the host's own choice; without an address, ``DOCKER_TLS_VERIFY`` and ``DOCKER_CERT_PATH`` are obeyed.
    Raises ``ValueError`` for what cannot be spoken; an engine that asks for TLS is never spoken to in plain text.
    """
    chosen = address or environment.get("DOCKER_HOST") or DEFAULT_ADDRESS
    parts = urlsplit(chosen if "://" in chosen else f"tcp://{chosen}")
    if parts.scheme == "unix":
        if tls is not None:
            raise ValueError(f"the option tls has no meaning for a unix socket: {chosen}")
        return _unix(chosen, parts.netloc + parts.path)
    if parts.scheme in {"tcp", "http", "https"}:
        if tls is None and not address and environment.get("DOCKER_TLS_VERIFY"):
            tls = files_in(_certificates(environment))
        return _tcp(chosen, parts, tls)
    if parts.scheme in {"ssh", "npipe"}:
        raise ValueError(f"{parts.scheme}:// is not supported: {chosen}; use unix://, a forwarded socket, or TLS")
    raise ValueError(f"not an engine's address: {chosen}; use unix:///path/to/docker.sock or tcp://host:port")


def _certificates(environment: Mapping[str, str]) -> Path:
    folder = environment.get("DOCKER_CERT_PATH") or environment.get("DOCKER_CONFIG")
    return Path(folder) if folder else Path(environment.get("HOME") or "~").expanduser() / ".docker"


def _unix(address: str, path: str) -> Endpoint:
    if not path.startswith("/"):
        raise ValueError(f"a unix socket needs an absolute path: {address}")
    return Endpoint(address=address, base_url="http://localhost", socket_path=path)


def _tcp(address: str, parts: SplitResult, tls: TlsFiles | None) -> Endpoint:
    host, port = parts.hostname, parts.port
    if not host:
        raise ValueError(f"no host in the engine's address: {address}")
    shown = f"[{host}]" if ":" in host else host
    if tls is None:
        if parts.scheme == "https" or port == _TLS_PORT:
            message = "asks for TLS, and the host's option tls names no files: {'tls': {'ca': …, 'cert': …, 'key': …}}"
            raise ValueError(f"{address} {message}")
        return Endpoint(address=address, base_url=f"http://{shown}:{port or _PLAIN_PORT}")
    if parts.scheme == "http":
        raise ValueError(f"the option tls is given, and the address asks for plain http: {address}")
    return Endpoint(address=address, base_url=f"https://{shown}:{port or _TLS_PORT}", tls=tls)
