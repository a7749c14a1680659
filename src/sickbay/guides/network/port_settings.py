"""Looking at the port that a settings file chooses, and choosing another one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sickbay.guides.docker import client_settings

_LISTENING = "0A"
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_FIRST_FOR_ALL = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
_SECONDS = 15


def judge_port(file: str, name: str) -> int:
    """Print whether a setting's port is ``free``, ``taken``, or ``privileged``. Returns 2 where it cannot be told.

    A port is privileged where only root may listen; Linux says from which number on everybody may.
    """
    try:
        port = client_settings.read(file).get(name, "")
        if not port.isdecimal():
            return 2
        first = int(_FIRST_FOR_ALL.read_text(encoding="ascii"))
        taken = int(port) in _listening() or _is_published(port)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print("privileged" if int(port) < first else "taken" if taken else "free")
    return 0


def choose_port(file: str, name: str, value: str) -> int:
    """Give the setting another port; the old line stays above it as a comment."""
    return client_settings.set_value(file, name, value)


def take_back(file: str, name: str, value: str) -> int:
    """Undo :func:`choose_port`. Returns 1 where the line was changed since."""
    return client_settings.take_back(file, name, value)


def _listening() -> set[int]:
    """Return the TCP ports on which anything listens here. Raises ``OSError`` where the system has no such table."""
    ports = set()
    for table in _TABLES:
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            words = line.split()
            if words[3] == _LISTENING:
                ports.add(int(words[1].rpartition(":")[2], 16))
    return ports


def _is_published(port: str) -> bool:
    """Say whether a container holds the port; without an engine none does."""
    command = ["docker", "ps", "--quiet", "--filter", f"publish={port}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and bool(done.stdout.strip())
