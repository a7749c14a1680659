"""Whether somebody answers at an address, asked by connecting and sending nothing.

Each function prints what it found and returns 0 for an address that answers, 1 for one that refuses, and 2 where
nobody can tell.
"""

from __future__ import annotations

import socket

from sickbay.guides.function_parts import UNREADABLE, WRONG, answer
from sickbay.guides.settings_file import read_settings

_SECONDS = 3.0


def answers(*, host: str, port: str) -> int:
    """Connect to an address."""
    try:
        with socket.create_connection((host, int(port)), timeout=_SECONDS):
            return answer(f"{host} answers at port {port}")
    except ConnectionRefusedError:
        return answer(f"{host} refuses port {port}", WRONG)
    except (OSError, ValueError) as error:
        return answer(f"{host} port {port}: {error}", UNREADABLE)


def setting_answers(*, host: str, file: str, name: str) -> int:
    """Connect to the port that a settings file names."""
    try:
        port = read_settings(file).get(name)
    except OSError as error:
        return answer(str(error), UNREADABLE)
    return answers(host=host, port=port or "0")
