"""Reading the engine's socket, and asking the engine itself. Changes nothing; every call passes the engine's rules."""

from __future__ import annotations

import contextlib
import grp
import http.client
import os
import pwd
import shutil
import socket
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sickbay.checks.check import Place
from sickbay.checks.finding import Finding, unmeasured
from sickbay.checks.socket_judgments import (
    DEFAULT_SOCKET,
    EngineAddress,
    EngineReading,
    Silence,
    SocketKind,
    SocketReading,
    Transport,
    engine_address,
    judge_address,
    judge_engine,
    judge_groups,
    judge_socket,
)
from sickbay.safety.engine_client import (
    EnginePermissionError,
    EngineTimeoutError,
    EngineUnreachableError,
    ReadOnlyEngine,
)
from sickbay.safety.engine_rules import check_call
from sickbay.safety.outcome import NotMeasured

#: A healthy engine says its version within a twentieth of a second.
ENGINE_SECONDS = 2.0

_QUESTION = "/version"
_MOST_BYTES = 1024 * 1024


def look_at_socket(place: Place) -> Finding:
    """Look for the engine's socket."""
    address = engine_address(place.environment)
    return judge_address(address) or judge_socket(read_socket(address, place.environment))


def look_at_groups(place: Place) -> Finding:
    """Look whether this user may open it."""
    address = engine_address(place.environment)
    if address.transport is Transport.INVALID:
        return unmeasured(NotMeasured.UNREACHABLE, "there is no address", follows="socket")
    return judge_address(address) or judge_groups(read_socket(address, place.environment))


def look_at_engine(place: Place) -> Finding:
    """Ask the engine for its version."""
    address = engine_address(place.environment)
    match address.transport:
        case Transport.UNIX:
            return judge_engine(ask_engine(address))
        case Transport.TCP | Transport.TLS:
            return judge_engine(_ask_remote(address, place.environment))
        case Transport.INVALID:
            return unmeasured(NotMeasured.UNREACHABLE, "there is no address to ask at", follows="socket")
        case Transport.OTHER:
            return unmeasured(NotMeasured.REFUSED, f"{address.given}: only unix:// and tcp:// are asked")


def read_socket(address: EngineAddress, environment: Mapping[str, str]) -> SocketReading:
    """Read the file of a socket, and this user's rights to it."""
    path = Path(address.path)
    user = _user_name(os.geteuid())
    programs = environment.get("PATH")
    has_programs = any(shutil.which(name, path=programs) for name in ("docker", "dockerd"))
    common: dict[str, Any] = {
        "path": address.path,
        "user": user,
        "has_programs": has_programs,
        "by_variable": address.by_variable,
        "elsewhere": _elsewhere(address.path, environment),
    }
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return SocketReading(kind=SocketKind.ABSENT, **common)
    except PermissionError:
        return SocketReading(kind=SocketKind.HIDDEN, **common)
    return SocketReading(
        kind=_kind(found.st_mode),
        owner=_user_name(found.st_uid),
        group=_group_name(found.st_gid),
        mode=found.st_mode,
        may_open=os.access(path, os.R_OK | os.W_OK, effective_ids=True),
        is_member=bool(found.st_mode & stat.S_IWGRP) and user in _members(found.st_gid),
        **common,
    )


def _kind(mode: int) -> SocketKind:
    if stat.S_ISSOCK(mode):
        return SocketKind.SOCKET
    return SocketKind.FOLDER if stat.S_ISDIR(mode) else SocketKind.OTHER


def _elsewhere(path: str, environment: Mapping[str, str]) -> str:
    """Return another engine's socket: the usual one, or the one of an engine without root."""
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
    others = (each for each in (DEFAULT_SOCKET, f"{runtime}/docker.sock") if each != path)
    return next((each for each in others if _is_socket(each)), "")


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _members(number: int) -> list[str]:
    try:
        return grp.getgrgid(number).gr_mem
    except KeyError:
        return []


def ask_engine(address: EngineAddress, seconds: float = ENGINE_SECONDS) -> EngineReading:
    """Ask at a Unix socket. An engine that is stopped takes the call and never answers."""
    try:
        answer = ReadOnlyEngine(Path(address.path)).ask(_QUESTION, seconds=seconds, most_bytes=_MOST_BYTES)
    except EngineTimeoutError:
        return EngineReading(address=address.path, silence=Silence.SLOW, seconds=seconds)
    except EnginePermissionError:
        return EngineReading(address=address.path, silence=Silence.DENIED)
    except EngineUnreachableError as error:
        cause = error.__cause__ or error
        return EngineReading(address=address.path, silence=_silence(cause), detail=_spoken(cause), seconds=seconds)
    return _told(address.path, answer.status, answer.body)


def _silence(error: BaseException) -> Silence:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return Silence.ABSENT
        case BlockingIOError():  # more clients wait in front of it than it has room for
            return Silence.SLOW
        case ssl.SSLCertVerificationError():
            return Silence.UNTRUSTED
        case http.client.HTTPException() | ssl.SSLError():
            return Silence.FOREIGN
        case _:
            return Silence.REFUSED


def _ask_remote(address: EngineAddress, environment: Mapping[str, str]) -> EngineReading:
    """Ask through TCP, by the same rules: one question of the list, and nothing else is sent."""
    shown = f"{address.host}:{address.port}"
    check_call("GET", _QUESTION)
    try:
        connection = _connection(address, environment)
    except OSError as error:  # a certificate that is missing, or is none
        detail = f"{_certificates(environment)}: {error.strerror or error}"
        return EngineReading(address=shown, silence=Silence.UNTRUSTED, detail=detail, is_remote=True)
    with contextlib.closing(connection):
        try:
            connection.request("GET", _QUESTION, headers={"Accept": "application/json", "Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(_MOST_BYTES)
        except TimeoutError:
            return EngineReading(address=shown, silence=Silence.SLOW, seconds=ENGINE_SECONDS, is_remote=True)
        except (OSError, http.client.HTTPException) as error:
            return EngineReading(address=shown, silence=_silence(error), detail=_spoken(error), is_remote=True)
    return _told(shown, answer.status, body, is_remote=True)


def _connection(address: EngineAddress, environment: Mapping[str, str]) -> http.client.HTTPConnection:
    if address.transport is Transport.TCP:
        return http.client.HTTPConnection(address.host, address.port, timeout=ENGINE_SECONDS)
    folder = _certificates(environment)
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if (folder / "cert.pem").exists():
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return http.client.HTTPSConnection(address.host, address.port, timeout=ENGINE_SECONDS, context=context)


def _certificates(environment: Mapping[str, str]) -> Path:
    home = Path(environment.get("HOME") or "/")
    return Path(environment.get("DOCKER_CERT_PATH") or environment.get("DOCKER_CONFIG") or home / ".docker")


def _spoken(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name does not resolve: {error.strerror}"
    said = error.strerror if isinstance(error, OSError) else str(error)
    return f"it says: {said}" if said else type(error).__name__


def _told(address: str, status: int, body: bytes, *, is_remote: bool = False) -> EngineReading:
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        told = {}
    return EngineReading(
        address=address,
        status=status,
        version=str(told.get("Version", ""))[:100],
        api_version=str(told.get("ApiVersion", ""))[:20],
        is_remote=is_remote,
    )
