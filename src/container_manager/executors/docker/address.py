"""Where the engine listens: from an address as people write it to an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An engine's address: a unix socket, or a base URL of plain HTTP."""

    address: str
    """As given, for people."""
    base_url: str
    socket_path: str | None = None


def endpoint_of(address: str, environment: Mapping[str, str]) -> Endpoint:
    """Return the endpoint for a host's address, or for ``DOCKER_HOST`` where that is empty.

    Raises ``ValueError`` for what cannot be spoken; an engine that asks for TLS is never spoken to in plain text.
    """
    chosen = address or environment.get("DOCKER_HOST") or DEFAULT_ADDRESS
    parts = urlsplit(chosen if "://" in chosen else f"tcp://{chosen}")
    if parts.scheme == "unix":
        return _unix(chosen, parts.netloc + parts.path)
    if parts.scheme in {"tcp", "http"}:
        if not address and environment.get("DOCKER_TLS_VERIFY"):
            raise ValueError(
                f"DOCKER_TLS_VERIFY asks for TLS, which is not supported yet; {chosen} is not spoken to in plain"
            )
        return _plain(chosen, parts.hostname, parts.port)
    if parts.scheme in {"https", "ssh", "npipe"}:
        raise ValueError(f"{parts.scheme}:// is not supported yet: {chosen}; use unix:// or a forwarded tcp:// port")
    raise ValueError(f"not an engine's address: {chosen}; use unix:///path/to/docker.sock or tcp://host:port")


def _unix(address: str, path: str) -> Endpoint:
    if not path.startswith("/"):
        raise ValueError(f"a unix socket needs an absolute path: {address}")
    return Endpoint(address=address, base_url="http://localhost", socket_path=path)


def _plain(address: str, host: str | None, port: int | None) -> Endpoint:
    if not host:
        raise ValueError(f"no host in the engine's address: {address}")
    if port == 2376:
        raise ValueError(f"port 2376 is the engine's TLS port, and TLS is not supported yet: {address}")
    shown = f"[{host}]" if ":" in host else host
    return Endpoint(address=address, base_url=f"http://{shown}:{port or 2375}")
