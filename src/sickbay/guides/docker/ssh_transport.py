"""Whether an ssh server answers where a settings file says that the engine is."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from sickbay.guides.docker import client_settings
from sickbay.guides.function_parts import answer, failed
from sickbay.guides.settings_file import read_settings

_SECONDS = 8
_PORT = 22
_GREETING = b"SSH-"


def judge_transport(file: str) -> int:
    """Print what is met on the way to the engine of ``DOCKER_HOST``, as far as it goes without logging in.

    ``well`` where an ssh server answers, or where an address of another kind leads to an engine; ``malformed``,
    ``unresolved``, ``refused``, ``silent``, or ``no-ssh``. Returns 2 where it cannot be told.
    """
    try:
        address = read_settings(file).get("DOCKER_HOST", "")
    except OSError as error:
        return failed(error)
    if not address.startswith("ssh://"):
        return answer("well" if client_settings.judgment_of(file) == "well" else "elsewhere")
    return answer(_met(address))


def _met(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or _PORT
    except ValueError:
        return "malformed"
    if not host or parts.password:
        return "malformed"
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            return "well" if connection.recv(len(_GREETING)) == _GREETING else "no-ssh"
    except socket.gaierror:
        return "unresolved"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "silent"
