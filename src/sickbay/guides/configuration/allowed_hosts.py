"""Looks at, and mends, which host names a Django project answers to. Only its own name is ever added.

The settings are loaded in a child alone: this file, run by its path with a name as its first argument.
"""

from __future__ import annotations

import re
import sys

from sickbay.guides.django_project import enter_project, project_says
from sickbay.guides.function_parts import NOT_ASKED, WELL, WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit
from sickbay.guides.line_edits import one_line
from sickbay.guides.settings_file import read_settings

_HOSTS = re.compile(r"(?P<before>[ \t]*ALLOWED_HOSTS\s*(?::[^=\n]+)?=\s*\[)(?P<hosts>[^\]\n]*)(?P<after>\].*)")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")

#: Nobody's: a project that answers to it answers to everybody.
_FOREIGN = "somebody-else.invalid"


def check(*, settings: str, file: str, key: str) -> int:
    """Print ``allowed`` for a project that answers to its own name and to no other, else ``refused`` or ``open``."""
    name = _own_name(file, key)
    word = project_says(__file__, settings, name) if name else ""
    if not word:
        return answer("not asked", NOT_ASKED)
    return answer(word, WELL if word == "allowed" else WRONG)


def allow(*, settings_file: str, file: str, key: str) -> int:
    """Add the project's own name to the hosts, and keep the settings as they were beside them."""
    return change_text(settings_file, _with_own_name(file, key))


def take_back(*, settings_file: str, file: str, key: str) -> int:
    """Put the settings back as they were. Refuses where they are no longer what the repair wrote."""
    return put_text_back(settings_file, _with_own_name(file, key))


def main(settings: str, name: str) -> None:
    """Ask Django itself which of two names this folder's project answers to."""
    enter_project(settings)
    from django.conf import settings as project  # noqa: PLC0415  (only the child has the project)
    from django.http.request import validate_host  # noqa: PLC0415  (as above)

    hosts = project.ALLOWED_HOSTS
    word = "open" if validate_host(_FOREIGN, hosts) else "allowed" if validate_host(name, hosts) else "refused"
    sys.stdout.write(f"{word}\n")


def _own_name(file: str, key: str) -> str:
    """Return the name under which the project's own file says that it is served, empty where it says none."""
    try:
        name = read_settings(file).get(key, "").lower()
    except OSError:
        return ""
    return name if _NAME.fullmatch(name) else ""


def _with_own_name(file: str, key: str) -> Edit:
    name = _own_name(file, key)
    edit = one_line(lambda line: _with_name(line, name), "no line of it lists all hosts")

    def with_it(text: str) -> str:
        if not name:
            raise CannotChangeError(f"{file} does not say under which name the project is served")
        return edit(text)

    return with_it


def _with_name(line: str, name: str) -> str:
    """Return the line with one host more, empty where it lists no hosts."""
    found = _HOSTS.fullmatch(line)
    if found is None:
        return ""
    hosts = found["hosts"].rstrip().rstrip(",")
    return f'{found["before"]}{hosts}{", " if hosts else ""}"{name}"{found["after"]}'


if __name__ == "__main__":
    main(*sys.argv[1:3])
