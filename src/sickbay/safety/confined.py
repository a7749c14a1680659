"""What a probe's child runs: it confines itself, and then becomes the program. Started by ``sandbox.py`` alone.

It reads its orders as JSON from the descriptor that its first argument names, and answers through another one: nothing
where the program was started, else why it was not. It begins in a session of its own, with its standard streams there.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from sickbay.safety.capabilities import effective_capabilities, keep_capabilities
from sickbay.safety.kernel import PR_SET_PDEATHSIG, prctl
from sickbay.safety.landlock import NETWORK_VERSION, SCOPE_VERSION, confine_writes, landlock_version
from sickbay.safety.syscalls import filter_calls

MISSING_PROGRAM, PERMISSION, NOT_ENFORCED = "missing program", "permission", "not enforced"

_MOST_MEMORY = 4 * 1024**3
_MOST_WRITTEN = 16 * 1024**2
_MOST_FILES = 256


class _PermissionMissingError(Exception):
    """The caller does not have what the command names."""


def main() -> None:
    """Become the program of the orders."""
    with os.fdopen(int(sys.argv[1]), "rb") as told:
        orders: dict[str, Any] = json.loads(told.read())
    answer: int = orders["answer"]
    os.set_inheritable(answer, False)
    try:
        os.chdir(orders["folder"])
    except OSError as error:
        _refuse(answer, PERMISSION, f"{orders['folder']}: {error.strerror}")
    try:
        _confine(orders)
    except _PermissionMissingError as error:
        _refuse(answer, PERMISSION, str(error))
    except OSError as error:
        _refuse(answer, NOT_ENFORCED, error.strerror or str(error))
    arguments: list[str] = orders["arguments"]
    environment: dict[str, str] = orders["environment"]
    try:  # a loader's variables among them reach the program alone, which is confined
        os.execvpe(arguments[0], arguments, environment)  # noqa: S606  (no shell: that is the point)
    except FileNotFoundError:
        _refuse(answer, MISSING_PROGRAM, arguments[0])
    except OSError as error:
        _refuse(answer, PERMISSION, error.strerror or str(error))


def _confine(orders: dict[str, Any]) -> None:
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != orders["parent"]:  # it died before it was watched
        os._exit(1)
    kept: int = orders["capabilities"]
    if kept & ~effective_capabilities():
        raise _PermissionMissingError("this user may not read other users' files")
    ports: list[int] = orders["ports"]
    version = landlock_version()
    if ports and version < NETWORK_VERSION:
        raise OSError("this kernel cannot confine connections")
    _limit(orders["cpu_seconds"])
    keep_capabilities(kept)
    confine_writes(Path(orders["scratch"]), ports=ports)
    inside = version >= SCOPE_VERSION
    filter_calls(signals_are_kept_inside=inside, internet=bool(ports), datagrams=bool(ports) and orders["names"])


def _limit(cpu_seconds: int) -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_FSIZE, _MOST_WRITTEN),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901  (never above what there is)
        resource.setrlimit(kind, (most, most))


def _refuse(answer: int, reason: str, detail: str) -> None:
    with contextlib.suppress(OSError):
        os.write(answer, json.dumps([reason, detail]).encode())
    os._exit(127)
