"""Shell scripts and commands, as the guides of this folder look at them and change them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sickbay.guides.settings_file import SettingError, restore, rewrite, value_of

_SECONDS = 10


def command_parses(*, file: str, name: str) -> int:
    """Print whether a shell can read the command in a setting, without running it: 0 yes, 1 no, 2 nobody can tell."""
    try:
        command = value_of(Path(file), name) or ""
        asked = subprocess.run(
            ["sh", "-n", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _said(str(error), 2)
    return _said(f"{name} {'parses' if asked.returncode == 0 else 'does not parse'}", int(asked.returncode != 0))


def has_unix_lines(*, script: str) -> int:
    """Print which line ends a script has: 0 those of Unix, 1 those of Windows, 2 nobody can tell."""
    try:
        content = Path(script).read_bytes()
    except OSError as error:
        return _said(str(error), 2)
    windows = content.count(b"\r\n")
    return _said(f"{script} has {windows} lines that end as in Windows", int(windows > 0))


def give_unix_lines(*, script: str) -> int:
    """Convert a script's line ends and keep it as it was beside it."""
    try:
        rewrite(Path(script), _unix)
    except (OSError, SettingError, UnicodeDecodeError) as error:
        return _said(str(error), 2)
    return 0


def give_lines_back(*, script: str) -> int:
    """Take ``give_unix_lines`` back."""
    try:
        restore(Path(script), _unix)
    except (OSError, SettingError, UnicodeDecodeError) as error:
        return _said(str(error), 2)
    return 0


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _said(text: str, code: int) -> int:
    sys.stdout.write(f"{text}\n")
    return code
