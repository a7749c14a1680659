"""The engine's ``daemon.json``: whether it can be read, and on which addresses it opens the engine without TLS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sickbay.guides.function_parts import answer, change, failed, put_back
from sickbay.guides.kept_file import CannotChangeError, content_of


def judge_hosts(file: str) -> int:
    """Print ``open`` where the file opens TCP addresses without TLS, else ``closed``. Returns 2 where unreadable."""
    try:
        return answer("open" if _plain_addresses(_settings(content_of(file))) else "closed")
    except (OSError, ValueError) as error:
        return failed(error)


def judge_file(file: str) -> int:
    """Print ``readable``, ``broken`` where it is no JSON object, or ``absent``: an engine needs no such file."""
    if not Path(file).exists():
        return answer("absent")
    try:
        _settings(content_of(file))
    except (OSError, ValueError):
        return answer("broken")
    return answer("readable")


def close_addresses(file: str) -> int:
    """Take TCP addresses without TLS out. The file as it was is kept beside it."""
    return change(file, _closed)


def restore(file: str) -> int:
    """Undo :func:`close_addresses`. Returns 1 where the file was changed since."""
    return put_back(file, _closed)


def _closed(content: bytes) -> bytes:
    try:
        settings = _settings(content)
    except ValueError as error:
        raise CannotChangeError(str(error)) from error
    plain = set(_plain_addresses(settings))
    if not plain:
        return content
    settings["hosts"] = [address for address in settings["hosts"] if address not in plain]
    return (json.dumps(settings, indent=2) + "\n").encode()


def _plain_addresses(settings: dict[str, Any]) -> list[str]:
    hosts = [] if settings.get("tlsverify") else settings.get("hosts", [])
    return [address for address in hosts if str(address).startswith("tcp://")]


def _settings(content: bytes) -> dict[str, Any]:
    """Return the settings. Raises ``ValueError``."""
    settings = json.loads(content)
    if not isinstance(settings, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004  (a wrong content, not a wrong call)
    return settings
