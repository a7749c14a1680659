"""Looks at, and mends, where a Django project's own files say that its settings are. Nothing is imported."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sickbay.guides.marked_line import read_text, replace_line, restore_line

_NAMED = re.compile(
    r"""(?P<before>\bDJANGO_SETTINGS_MODULE["']?\s*(?:[,=:]|\]\s*=)[ \t]*)"""
    r"""(?P<quote>["']?)(?P<module>[\w.]*)(?P=quote)"""
)
_SKIPPED = {"site-packages", "node_modules", "tests", "migrations"}
_DEEPEST = 3

_COULD_NOT_ASK = 3


def check(*, file: str) -> int:
    """Print ``found`` where the settings that the file names are there, else ``not found`` or ``not named``."""
    try:
        found = _line(file)
    except (OSError, UnicodeDecodeError):
        return _answer("not asked", _COULD_NOT_ASK)
    if found is None:
        return _answer("not asked", _COULD_NOT_ASK)
    if not found["module"]:
        return _answer("not named", 1)
    is_there = found["module"] in _modules()
    return _answer("found" if is_there else "not found", 0 if is_there else 1)


def candidates(*, file: str) -> int:
    """Print the one settings module that this folder has, or ``none`` or ``several``. ``file`` says for which file."""
    modules = _modules()
    if not Path(file).is_file():
        return _answer("not asked", _COULD_NOT_ASK)
    return _answer("one" if len(modules) == 1 else "several" if modules else "none")


def name_settings(*, file: str) -> int:
    """Write the one settings module that this folder has; the line as it was stays above it, as a comment."""
    found = _line(file)
    if found is None or len(_modules()) != 1:
        return _answer("there is not just one such line and one settings module", 1)
    line = _whole_line(file, found)
    if not replace_line(file, line, _named(line)):
        return _answer("nothing is wrong, or it was repaired before", 1)
    return _answer("named")


def take_back(*, file: str) -> int:
    """Put the line back as it was. Refuses where it is no longer what the repair wrote."""
    if not restore_line(file, _named):
        return _answer("nothing was repaired here, or somebody changed it since", 1)
    return _answer("as before")


def _line(file: str) -> re.Match[str] | None:
    """Find the one line that names the settings, comments aside."""
    found = [each for each in _NAMED.finditer(read_text(file)) if not _whole_line(file, each).lstrip().startswith("#")]
    return found[0] if len(found) == 1 else None


def _whole_line(file: str, found: re.Match[str]) -> str:
    text = read_text(file)
    end = text.find("\n", found.end())
    return text[text.rfind("\n", 0, found.start()) + 1 : end if end >= 0 else len(text)]


def _named(line: str) -> str:
    """Return the line with this folder's one settings module, empty where there is not just one."""
    modules = _modules()
    if len(modules) != 1:
        return ""
    return _NAMED.sub(lambda found: f"{found['before']}{found['quote']}{modules[0]}{found['quote']}", line, count=1)


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


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code
