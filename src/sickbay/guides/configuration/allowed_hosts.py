"""Looks at, and mends, which host names a Django project answers to. Only its own name is ever added.

The settings are loaded in a child alone: this file, run by its path with a name as its first argument.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from sickbay.guides.marked_line import read_text, replace_line, restore_line, setting

_HOSTS = re.compile(
    r"^(?P<before>[ \t]*ALLOWED_HOSTS\s*(?::[^=\n]+)?=\s*\[)(?P<hosts>[^\]\n]*)(?P<after>\].*)$", re.MULTILINE
)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")

#: Nobody's: a project that answers to it answers to everybody.
_FOREIGN = "somebody-else.invalid"

_COULD_NOT_ASK = 3


def check(*, settings: str, file: str, key: str) -> int:
    """Print ``allowed`` for a project that answers to its own name and to no other, else ``refused`` or ``open``."""
    name = _own_name(file, key)
    if not name:
        return _answer("not asked", _COULD_NOT_ASK)
    done = subprocess.run(
        [sys.executable, "-B", str(Path(__file__).resolve()), settings, name],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        return _answer("not asked", _COULD_NOT_ASK)
    word = done.stdout.strip()
    return _answer(word, 0 if word == "allowed" else 1)


def allow(*, settings_file: str, file: str, key: str) -> int:
    """Add the project's own name to the hosts; the line as it was stays above it, as a comment."""
    name = _own_name(file, key)
    lines = [found.group() for found in _HOSTS.finditer(read_text(settings_file))]
    if not name or len(lines) != 1 or not replace_line(settings_file, lines[0], _with_name(lines[0], name)):
        return _answer("there is not just one such line, or no name, or it was repaired before", 1)
    return _answer("added")


def take_back(*, settings_file: str, file: str, key: str) -> int:
    """Put the line back as it was. Refuses where it is no longer what the repair wrote."""
    name = _own_name(file, key)
    if not restore_line(settings_file, lambda old: _with_name(old, name)):
        return _answer("nothing was repaired here, or somebody changed it since", 1)
    return _answer("as before")


def main(settings: str, name: str) -> None:
    """Ask Django itself which of two names this folder's project answers to."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    from django.conf import settings as project  # noqa: PLC0415  (only the child has the project)
    from django.http.request import validate_host  # noqa: PLC0415  (as above)

    hosts = project.ALLOWED_HOSTS
    word = "open" if validate_host(_FOREIGN, hosts) else "allowed" if validate_host(name, hosts) else "refused"
    sys.stdout.write(f"{word}\n")


def _own_name(file: str, key: str) -> str:
    """Return the name under which the project's own file says that it is served, empty where it says none."""
    try:
        name = setting(read_text(file), key).lower()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if _NAME.fullmatch(name) else ""


def _with_name(line: str, name: str) -> str:
    """Return the line with one host more, empty where it lists no hosts."""
    found = _HOSTS.fullmatch(line)
    if found is None or not name:
        return ""
    hosts = found["hosts"].rstrip().rstrip(",")
    return f'{found["before"]}{hosts}{", " if hosts else ""}"{name}"{found["after"]}'


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code


if __name__ == "__main__":
    main(*sys.argv[1:3])
