"""The engine's ``daemon.json``: whether it can be read, and on which addresses it opens the engine without TLS."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_COPY = ".before"


def judge_hosts(file: str) -> int:
    """Print ``open`` where the file opens TCP addresses without TLS, else ``closed``. Returns 2 where unreadable."""
    try:
        print("open" if _plain_addresses(_read(Path(file))) else "closed")
    except (OSError, ValueError) as error:
        return _failed(str(error), 2)
    return 0


def judge_file(file: str) -> int:
    """Print ``readable``, ``broken`` where it is no JSON object, or ``absent``: an engine needs no such file."""
    path = Path(file)
    if not path.exists():
        print("absent")
        return 0
    try:
        _read(path)
    except (OSError, ValueError):
        print("broken")
    else:
        print("readable")
    return 0


def close_addresses(file: str) -> int:
    """Take TCP addresses without TLS out; the old file stays beside it. Returns 1 where that place is taken."""
    path, copy = Path(file), Path(file + _COPY)
    if copy.exists():
        return _failed(f"{copy} is there already", 1)
    settings = _read(path)
    plain = set(_plain_addresses(settings))
    copy.write_bytes(path.read_bytes())
    settings["hosts"] = [address for address in settings["hosts"] if address not in plain]
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return 0


def restore(file: str) -> int:
    """Undo :func:`close_addresses`. Returns 1 where the file was changed to open addresses since."""
    path, copy = Path(file), Path(file + _COPY)
    if _plain_addresses(_read(path)):
        return _failed(f"{path} was changed since", 1)
    path.write_bytes(copy.read_bytes())
    copy.unlink()
    return 0


def _plain_addresses(settings: dict[str, Any]) -> list[str]:
    hosts = [] if settings.get("tlsverify") else settings.get("hosts", [])
    return [address for address in hosts if str(address).startswith("tcp://")]


def _read(path: Path) -> dict[str, Any]:
    """Return the settings. Raises ``OSError`` and ``ValueError``."""
    settings = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(settings, dict):
        raise ValueError(f"{path} is no JSON object")  # noqa: TRY004  (a wrong content, not a wrong call)
    return settings


def _failed(reason: str, code: int) -> int:
    print(reason, file=sys.stderr)
    return code
