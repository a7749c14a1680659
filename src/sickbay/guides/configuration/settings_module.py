"""Looks at, and mends, where a Django project's own files say that its settings are. Nothing is imported."""

from __future__ import annotations

import re
from pathlib import Path

from sickbay.guides.function_parts import NOT_ASKED, WELL, WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, content_of
from sickbay.guides.line_edits import one_line

_NAMED = re.compile(
    r"""(?P<before>\bDJANGO_SETTINGS_MODULE["']?\s*(?:[,=:]|\]\s*=)[ \t]*)"""
    r"""(?P<quote>["']?)(?P<module>[\w.]*)(?P=quote)"""
)
_SKIPPED = {"site-packages", "node_modules", "tests", "migrations"}
_DEEPEST = 3
_NOT_ONE = "there is not just one line that names the settings, and one settings module"


def check(*, file: str) -> int:
    """Print ``found`` where the settings that the file names are there, else ``not found`` or ``not named``."""
    try:
        lines = content_of(file).decode("utf-8", "replace").splitlines()
    except OSError:
        return answer("not asked", NOT_ASKED)
    named = [found["module"] for line in lines if (found := _naming(line))]
    if len(named) != 1:
        return answer("not asked", NOT_ASKED)
    if not named[0]:
        return answer("not named", WRONG)
    is_there = named[0] in _modules()
    return answer("found" if is_there else "not found", WELL if is_there else WRONG)


def candidates(*, file: str) -> int:
    """Print the one settings module that this folder has, or ``none`` or ``several``. ``file`` says for which file."""
    modules = _modules()
    if not Path(file).is_file():
        return answer("not asked", NOT_ASKED)
    return answer("one" if len(modules) == 1 else "several" if modules else "none")


def name_settings(*, file: str) -> int:
    """Write the one settings module that this folder has. The file as it was is kept beside it."""
    return change_text(file, _with_settings)


def take_back(*, file: str) -> int:
    """Put the file back as it was. Refuses where it is no longer what the repair wrote."""
    return put_text_back(file, _with_settings)


def _naming(line: str) -> re.Match[str] | None:
    """Find where a line names the settings, comments aside."""
    return None if line.lstrip().startswith("#") else _NAMED.search(line)


def _with_settings(text: str) -> str:
    """Return the text with this folder's one settings module in the one line that names them."""
    modules = _modules()
    if len(modules) != 1 or len([line for line in text.split("\n") if _naming(line)]) != 1:
        raise CannotChangeError(_NOT_ONE)

    def named(line: str) -> str | None:
        found = _naming(line)
        return f"{line[: found.end('quote')]}{modules[0]}{line[found.end('module') :]}" if found else None

    return one_line(named, "it names the one settings module that is there")(text)


def _modules() -> list[str]:
    """Return the modules called ``settings`` below this folder, as they are imported from it."""
    paths = [*Path().glob("**/settings.py"), *Path().glob("**/settings/__init__.py")]
    modules = []
    for path in paths:
        parts = path.with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        is_ours = len(parts) <= _DEEPEST and not _SKIPPED.intersection(parts)
        if is_ours and all(part.isidentifier() for part in parts):
            modules.append(".".join(parts))
    return sorted(modules)
