"""The engine's local socket: who may open it, and whether anybody listens there."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from sickbay.guides.docker import client_settings
from sickbay.guides.function_parts import answer, failed
from sickbay.guides.settings_file import read_settings

_TABLE = Path("/proc/net/unix")
_SCHEME = "unix://"
_DEFAULT = "unix:///var/run/docker.sock"

#: Among the flags of a socket in the kernel's table: somebody accepts connections.
_ACCEPTS = 0x10000


def judge_right(socket: str, user: str) -> int:
    """Print ``may`` or ``may-not``: whether a user's rights and groups open a socket. Returns 2 where either is not."""
    try:
        status = Path(socket.removeprefix(_SCHEME)).stat()
        account = pwd.getpwnam(user)
    except (OSError, KeyError) as error:
        return failed(error)
    groups = os.getgrouplist(account.pw_name, account.pw_gid)
    allowed = (
        account.pw_uid == 0
        or (status.st_uid == account.pw_uid and bool(status.st_mode & stat.S_IWUSR))
        or (status.st_gid in groups and bool(status.st_mode & stat.S_IWGRP))
        or bool(status.st_mode & stat.S_IWOTH)
    )
    return answer("may" if allowed else "may-not")


def judge_listener(file: str) -> int:
    """Print whether anybody listens at the local socket of the settings: ``listens``, ``nobody``, or ``elsewhere``.

    The default socket is asked by docker's client. Returns 2 where it cannot be told.
    """
    try:
        address = read_settings(file).get("DOCKER_HOST", "") if Path(file).exists() else ""
        if not address or address == _DEFAULT:
            return answer("listens" if client_settings.engine_version() else "nobody")
        if not address.startswith(_SCHEME):
            return answer("elsewhere")
        return answer("listens" if _is_listened_at(Path(address.removeprefix(_SCHEME))) else "nobody")
    except OSError as error:
        return failed(error)


def judge_pid_file(file: str) -> int:
    """Print ``alive dockerd`` or ``alive other`` for the process that a pid file names, ``dead``, or ``absent``."""
    path = Path(file)
    if not path.is_file():
        return answer("absent")
    process = Path("/proc") / path.read_text(encoding="ascii").strip()
    if not (process / "comm").is_file():
        return answer("dead")
    name = (process / "comm").read_text(encoding="utf-8").strip()
    return answer("alive dockerd" if name == "dockerd" else "alive other")


def _is_listened_at(path: Path) -> bool:
    """Look into the kernel's table of local sockets, under the path as given and as it really is."""
    names = {str(path), str(path.resolve())}
    for line in _TABLE.read_text(encoding="utf-8", errors="replace").splitlines()[1:]:
        words = line.split(maxsplit=7)
        if len(words) == 8 and int(words[3], 16) & _ACCEPTS and words[7] in names:
            return True
    return False
