"""Looks at, and mends, the configuration file of a PostgreSQL server that does not start. Nothing is started."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from sickbay.guides.marked_line import read_text, replace_line, restore_line

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
_UNKNOWN = re.compile(r'unrecognized configuration parameter "(?P<name>[\w.]+)" in file ".+" line (?P<line>\d+)')
_INVALID = re.compile(
    r"invalid value for parameter|requires a (?:numeric|Boolean|numeric or Boolean) value|is outside the"
)

_COULD_NOT_ASK = 3


def check(*, folder: str) -> int:
    """Print ``readable``, or what is wrong: ``unknown parameter``, ``invalid value``, or ``unreadable``."""
    program = _program()
    if program is None or not (Path(folder) / "postgresql.conf").is_file():
        return _answer("not asked", _COULD_NOT_ASK)
    done = _asked(program, folder)
    if done.returncode == 0:
        return _answer("readable")
    if _UNKNOWN.search(done.stderr):
        return _answer("unknown parameter", 1)
    return _answer("invalid value" if _INVALID.search(done.stderr) else "unreadable", 1)


def comment_out(*, folder: str) -> int:
    """Make a comment of the one line with a parameter that this server does not know."""
    program = _program()
    found = _UNKNOWN.search(_asked(program, folder).stderr) if program is not None else None
    if found is None:
        return _answer("the server names no unknown parameter", 1)
    file = str(Path(folder) / "postgresql.conf")
    lines = read_text(file).split("\n")
    number = int(found["line"]) - 1
    if number >= len(lines) or found["name"] not in lines[number]:
        return _answer("the parameter stands in another file", 1)
    if not replace_line(file, lines[number], _commented(lines[number])):
        return _answer("the line stands there twice, or the file was repaired before", 1)
    return _answer("commented out")


def take_back(*, folder: str) -> int:
    """Put the line back as it was. Refuses where it is no longer what the repair wrote."""
    if not restore_line(str(Path(folder) / "postgresql.conf"), _commented):
        return _answer("nothing was repaired here, or somebody changed it since", 1)
    return _answer("as before")


def _commented(line: str) -> str:
    return f"# not known to this server: {line}"


def _program() -> str | None:
    """Return the newest server program that is installed."""
    if found := shutil.which("postgres"):
        return found
    folders = [folder for place in _PLACES for folder in Path("/").glob(place.lstrip("/"))]
    programs = sorted((folder / "postgres" for folder in folders), key=_version)
    return str(programs[-1]) if programs else None


def _version(program: Path) -> tuple[int, str]:
    found = re.search(r"(\d+)/bin", str(program))
    return (int(found.group(1)) if found else 0, str(program))


def _asked(program: str, folder: str) -> subprocess.CompletedProcess[str]:
    """Ask for one setting, for which the server reads all of its configuration, and ends."""
    return subprocess.run(
        [program, "-C", "port", "-D", folder],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code
