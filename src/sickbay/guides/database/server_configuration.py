"""Looks at, and mends, the configuration file of a PostgreSQL server that does not start. Nothing is started."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from sickbay.guides.function_parts import NOT_ASKED, WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit, content_of
from sickbay.guides.line_edits import one_line

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
_UNKNOWN = re.compile(r'unrecognized configuration parameter "(?P<name>[\w.]+)" in file ".+" line (?P<line>\d+)')
_INVALID = re.compile(
    r"invalid value for parameter|requires a (?:numeric|Boolean|numeric or Boolean) value|is outside the"
)


def check(*, folder: str) -> int:
    """Print ``readable``, or what is wrong: ``unknown parameter``, ``invalid value``, or ``unreadable``."""
    program = _program()
    if program is None or not Path(_file(folder)).is_file():
        return answer("not asked", NOT_ASKED)
    done = _asked(program, folder)
    if done.returncode == 0:
        return answer("readable")
    if _UNKNOWN.search(done.stderr):
        return answer("unknown parameter", WRONG)
    return answer("invalid value" if _INVALID.search(done.stderr) else "unreadable", WRONG)


def comment_out(*, folder: str) -> int:
    """Make a comment of the one line with a parameter that this server does not know; the file is kept beside it."""
    program = _program()
    found = _UNKNOWN.search(_asked(program, folder).stderr) if program is not None else None
    if found is None:
        return answer("the server names no unknown parameter", WRONG)
    return change_text(_file(folder), _commented(int(found["line"]) - 1, found["name"]))


def take_back(*, folder: str) -> int:
    """Put the file back as it was. Refuses where it is no longer what the repair wrote."""
    try:
        lines = content_of(_file(folder)).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return answer(str(error), WRONG)
    made = one_line(lambda line: said if (said := _comment(line)) in lines else None, "no line of it became a comment")
    return put_text_back(_file(folder), made)


def _file(folder: str) -> str:
    return str(Path(folder) / "postgresql.conf")


def _commented(number: int, name: str) -> Edit:
    """Return the edit that makes a comment of a line, if it names the parameter and stands there once."""

    def edit(text: str) -> str:
        lines = text.split("\n")
        if number >= len(lines) or name not in lines[number]:
            raise CannotChangeError("the parameter stands in another file")
        return one_line(lambda line: _comment(line) if line == lines[number] else None, "")(text)

    return edit


def _comment(line: str) -> str:
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
