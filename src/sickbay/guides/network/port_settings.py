"""Whether the port that a settings file chooses can be listened on here."""

from __future__ import annotations

from pathlib import Path

from sickbay.guides.engine_client import engine_says
from sickbay.guides.function_parts import UNREADABLE, answer, failed
from sickbay.guides.settings_file import read_settings

_LISTENING = "0A"
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_FIRST_FOR_ALL = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def judge_port(file: str, name: str) -> int:
    """Print whether a setting's port is ``free``, ``taken``, or ``privileged``. Returns 2 where it cannot be told.

    A port is privileged where only root may listen; Linux says from which number on everybody may.
    """
    try:
        port = read_settings(file).get(name, "")
        if not port.isdecimal():
            return UNREADABLE
        first = int(_FIRST_FOR_ALL.read_text(encoding="ascii"))
        taken = int(port) in _listening() or _is_published(port)
    except (OSError, ValueError) as error:
        return failed(error)
    return answer("privileged" if int(port) < first else "taken" if taken else "free")


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
    try:
        return bool(engine_says("ps", "--quiet", "--filter", f"publish={port}"))
    except OSError:
        return False
