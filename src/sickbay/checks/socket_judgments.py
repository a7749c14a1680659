"""The engine's address, its socket, who may open it, and whether the engine answers, judged. Pure."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sickbay.checks.finding import Finding, problem, unclear, unmeasured, warning, well
from sickbay.safety.outcome import NotMeasured

DEFAULT_SOCKET = "/var/run/docker.sock"
HOST_VARIABLE = "DOCKER_HOST"

NOT_RUNNING = "docker-daemon-not-running"
DENIED = "docker-socket-permission-denied"
HOST_INVALID = "docker-host-invalid"
UNREACHABLE_BY_TCP = "docker-tcp-unreachable"

_PLAIN_PORT, _TLS_PORT = 2375, 2376


class Transport(StrEnum):
    """How the engine is spoken to."""

    UNIX = "unix"
    TCP = "tcp"
    TLS = "tls"
    OTHER = "other"
    INVALID = "invalid"


@dataclass(frozen=True, kw_only=True)
class EngineAddress:
    """Where the engine is said to listen. ``path`` is given for a Unix socket, ``host`` and ``port`` for TCP."""

    given: str
    transport: Transport
    path: str = ""
    host: str = ""
    port: int = 0
    by_variable: bool = False


class SocketKind(StrEnum):
    """What is at the path of a socket."""

    SOCKET = "socket"
    ABSENT = "absent"
    FOLDER = "folder"
    OTHER = "other"
    HIDDEN = "hidden"


@dataclass(frozen=True, kw_only=True)
class SocketReading:
    """The socket's file, and this user beside it.

    ``may_open`` says whether this process may; ``is_member`` whether the user's name stands in the socket's group,
    which a process that was there before does not know of. ``elsewhere`` is another engine's socket that is there.
    """

    path: str
    kind: SocketKind
    owner: str = ""
    group: str = ""
    mode: int = 0
    user: str = ""
    may_open: bool = False
    is_member: bool = False
    elsewhere: str = ""
    has_programs: bool = True
    by_variable: bool = False


class Silence(StrEnum):
    """Why an engine gave no answer."""

    ABSENT = "absent"
    DENIED = "denied"
    REFUSED = "refused"
    SLOW = "slow"
    FOREIGN = "foreign"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, kw_only=True)
class EngineReading:
    """What the engine said of itself, or why it said nothing after ``seconds``."""

    address: str
    version: str = ""
    api_version: str = ""
    status: int = 0
    silence: Silence | None = None
    detail: str = ""
    seconds: float = 0.0
    is_remote: bool = False


def engine_address(environment: Mapping[str, str]) -> EngineAddress:
    """Return the address of ``DOCKER_HOST``, or the usual one."""
    given = environment.get(HOST_VARIABLE) or ""
    if not given:
        return EngineAddress(given=f"unix://{DEFAULT_SOCKET}", transport=Transport.UNIX, path=DEFAULT_SOCKET)
    invalid = EngineAddress(given=given, transport=Transport.INVALID, by_variable=True)
    try:
        parts = urlsplit(given if "://" in given else f"tcp://{given}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return invalid
    if parts.scheme == "unix":
        path = parts.netloc + parts.path
        if not path.startswith("/"):
            return invalid
        return EngineAddress(given=given, transport=Transport.UNIX, path=path, by_variable=True)
    if parts.scheme in {"ssh", "npipe", "fd"}:
        return EngineAddress(given=given, transport=Transport.OTHER, by_variable=True)
    if parts.scheme not in {"tcp", "http", "https"} or not host:
        return invalid
    is_secure = parts.scheme == "https" or bool(environment.get("DOCKER_TLS_VERIFY")) or port == _TLS_PORT
    transport = Transport.TLS if is_secure else Transport.TCP
    usual = _TLS_PORT if is_secure else _PLAIN_PORT
    return EngineAddress(given=given, transport=transport, host=host, port=port or usual, by_variable=True)


def judge_address(address: EngineAddress) -> Finding | None:
    """Return what is said of an address that has no socket on this machine, for the checks that look at sockets."""
    match address.transport:
        case Transport.UNIX:
            return None
        case Transport.INVALID:
            return problem(
                f"{HOST_VARIABLE} is no engine's address",
                evidence=(f"{HOST_VARIABLE}={address.given}",),
                advice="Unset it, or write unix:///path/to/docker.sock or tcp://host:port.",
                cause=HOST_INVALID,
            )
        case _:
            return well(f"none is used: {HOST_VARIABLE} is {address.given}")


def judge_socket(reading: SocketReading) -> Finding:
    """Say whether there is a socket at all."""
    match reading.kind:
        case SocketKind.SOCKET:
            return well(reading.path)
        case SocketKind.HIDDEN:
            detail = f"{reading.user} may not look at {reading.path}"
            return unmeasured(NotMeasured.PERMISSION, detail)
        case SocketKind.ABSENT:
            return _absent(reading)
        case SocketKind.FOLDER:
            return problem(
                f"{reading.path} is a folder where the engine's socket should be",
                evidence=("a container that mounted it before the engine was there leaves such a folder",),
                advice=f"Remove it (rmdir {reading.path}), then start the engine: sudo systemctl restart docker",
                cause=NOT_RUNNING,
            )
        case _:
            return problem(
                f"{reading.path} is no socket",
                evidence=(f"{stat.filemode(reading.mode)} {reading.owner}:{reading.group}",),
                advice=f"Name the engine's socket in {HOST_VARIABLE}, or put back what should be there.",
                cause=NOT_RUNNING,
            )


def _absent(reading: SocketReading) -> Finding:
    evidence = (f"{reading.path} does not exist",)
    if reading.elsewhere:
        return problem(
            "The engine's socket is not where it is looked for",
            evidence=(*evidence, f"{reading.elsewhere} does"),
            advice=f"export {HOST_VARIABLE}=unix://{reading.elsewhere}",
            cause=NOT_RUNNING,
        )
    if reading.has_programs or reading.by_variable:
        advice = "Start the engine: sudo systemctl start docker"
        return problem("There is no engine's socket", evidence=evidence, advice=advice, cause=NOT_RUNNING)
    return warning(
        "There is no container engine on this machine",
        evidence=(*evidence, "neither docker nor dockerd is on the PATH"),
        advice="Install one, or accept this where jobs run elsewhere: sickbay doctor --accept socket",
        cause=NOT_RUNNING,
    )


def judge_groups(reading: SocketReading) -> Finding:
    """Say whether this user may open the socket, and by which group."""
    if reading.kind is not SocketKind.SOCKET:
        return unmeasured(NotMeasured.UNREACHABLE, "there is no socket to open", follows="socket")
    shown = f"{stat.filemode(reading.mode)} {reading.owner}:{reading.group} {reading.path}"
    if reading.may_open:
        return well(f"{reading.user} may open {reading.path}")
    if reading.is_member:
        return problem(
            f"{reading.user} joined the group {reading.group} after this login began",
            evidence=(shown, f"{reading.user} stands in {reading.group}; this process is not in it yet"),
            advice=f"Log out and in again, or run: newgrp {reading.group}",
            cause=DENIED,
        )
    return problem(
        f"{reading.user} may not open the engine's socket",
        evidence=(shown, f"{reading.user} is not in the group {reading.group}"),
        advice=f"Whoever may be root here: sudo usermod -aG {reading.group} {reading.user}, then log in again",
        cause=DENIED,
    )


def judge_engine(reading: EngineReading) -> Finding:
    """Say whether an engine answers."""
    match reading.silence:
        case None if reading.status == 200 and reading.version:
            return well(f"Docker Engine {reading.version}, API {reading.api_version}, at {reading.address}")
        case None if reading.status == 200:
            return unclear(f"What answers at {reading.address} does not tell its version")
        case None:
            return unclear(f"The engine at {reading.address} answered with HTTP status {reading.status}")
        case Silence.ABSENT:
            return unmeasured(NotMeasured.UNREACHABLE, "there is no socket to ask at", follows="socket")
        case Silence.DENIED:
            return unmeasured(NotMeasured.PERMISSION, "this user may not ask it", follows="groups")
        case Silence.SLOW:
            detail = f"no answer in {reading.seconds:g} s from {reading.address}"
            advice = "" if reading.is_remote else "Look whether it hangs: journalctl -u docker -n 50"
            return unmeasured(NotMeasured.TIMEOUT, detail, advice=advice)
        case Silence.REFUSED:
            return _refused(reading)
        case Silence.FOREIGN:
            return _foreign(reading)
        case Silence.UNTRUSTED:
            return _untrusted(reading)


def _refused(reading: EngineReading) -> Finding:
    remote = "Start it where it runs, or correct the address."
    return problem(
        f"No engine listens at {reading.address}",
        evidence=(reading.detail,),
        advice=remote if reading.is_remote else "Start it: sudo systemctl start docker",
        cause=UNREACHABLE_BY_TCP if reading.is_remote else NOT_RUNNING,
    )


def _foreign(reading: EngineReading) -> Finding:
    return problem(
        f"What answers at {reading.address} is no engine, or not in this way",
        evidence=(reading.detail,),
        advice=f"Correct {HOST_VARIABLE}, and its port: {_PLAIN_PORT} is plain, {_TLS_PORT} is TLS.",
        cause="docker-tls-protocol-mismatch" if reading.is_remote else NOT_RUNNING,
    )


def _untrusted(reading: EngineReading) -> Finding:
    return problem(
        f"The certificates for the engine at {reading.address} do not fit",
        evidence=(reading.detail,),
        advice="Put ca.pem, cert.pem, and key.pem of that engine into the folder that DOCKER_CERT_PATH names.",
        cause="docker-tls-certificate-invalid",
    )
