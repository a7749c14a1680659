"""Whether somebody answers at an address, asked by connecting and sending nothing.

Each function prints what it found and returns 0 for an address that answers, 1 for one that refuses, and 2 where
nobody can tell.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from sickbay.guides.settings_file import value_of

_SECONDS = 3.0


def answers(*, host: str, port: str) -> int:
    """Connect to an address."""
    try:
        with socket.create_connection((host, int(port)), timeout=_SECONDS):
            return _said(f"{host} answers at port {port}", 0)
    except ConnectionRefusedError:
        return _said(f"{host} refuses port {port}", 1)
    except (OSError, ValueError) as error:
        return _said(f"{host} port {port}: {error}", 2)


def setting_answers(*, host: str, file: str, name: str) -> int:
    """Connect to the port that a settings file names."""
    try:
        port = value_of(Path(file), name)
    except OSError as error:
        return _said(str(error), 2)
    return answers(host=host, port=port or "0")


def _said(text: str, code: int) -> int:
    sys.stdout.write(f"{text}\n")
    return code
