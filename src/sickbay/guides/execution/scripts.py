"""Shell scripts and commands, as the guides of this folder look at them and change them."""

from __future__ import annotations

import subprocess

from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG, answer, change, put_back
from sickbay.guides.kept_file import content_of
from sickbay.guides.settings_file import read_settings

_SECONDS = 10


def command_parses(*, file: str, name: str) -> int:
    """Print whether a shell can read the command in a setting, without running it: 0 yes, 1 no, 2 nobody can tell."""
    try:
        command = read_settings(file).get(name, "")
        asked = subprocess.run(
            ["sh", "-n", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return answer(str(error), UNREADABLE)
    well = asked.returncode == 0
    return answer(f"{name} {'parses' if well else 'does not parse'}", WELL if well else WRONG)


def has_unix_lines(*, script: str) -> int:
    """Print which line ends a script has: 0 those of Unix, 1 those of Windows, 2 nobody can tell."""
    try:
        windows = content_of(script).count(b"\r\n")
    except OSError as error:
        return answer(str(error), UNREADABLE)
    return answer(f"{script} has {windows} lines that end as in Windows", WRONG if windows else WELL)


def give_unix_lines(*, script: str) -> int:
    """Convert a script's line ends and keep it as it was beside it."""
    return change(script, _unix)


def give_lines_back(*, script: str) -> int:
    """Take ``give_unix_lines`` back."""
    return put_back(script, _unix)


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
