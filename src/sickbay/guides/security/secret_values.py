"""What the guides about secrets in the open look for in environment templates, logs, and key files, and change there.

A name sounds secret, or is declared so by a comment: ``#@ NAME: secret``. No answer shows a value.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from sickbay.guides.configuration.env_lines import content_with, declared_in, entries, lines_of
from sickbay.guides.function_parts import UNREADABLE, WRONG, all_well, answer, change, looked, put_back
from sickbay.guides.kept_file import content_of

_SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:PASS(?:WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH_?KEY)(?:$|[_.-]|\d)",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(r"(?:FILE|PATH|DIR|URL|NAME|ID|TTL|EXPIRY|LENGTH|POLICY|ENABLED)$", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"<.*>|\$\{.*\}|x+|\*+|change-?me|example|true|false|none|null|\d{1,8}", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*#@\s*(?P<name>[A-Za-z_]\w*)\s*:.*")

#: A shorter value stands in many texts by chance.
_SHORTEST = 6


def undeclared(path: str) -> int:
    """Print the names of a template that sound secret and are not declared so."""
    return looked(path, lambda content: (f"{name} is not declared secret" for name in _undeclared(lines_of(content))))


def in_log(log: str, template: str) -> int:
    """Print the names of a template whose secret values stand in a log."""
    try:
        values = _values(lines_of(content_of(template)))
    except OSError as error:
        return answer([str(error)], UNREADABLE)
    return looked(log, lambda content: (f"the value of {name}" for name, value in values.items() if value in content))


def is_declared(path: str) -> int:
    """Print ``all declared``, or what is not."""
    return all_well(path, lambda content: _undeclared(lines_of(content)), "all declared")


def declare(path: str) -> int:
    """Declare every name secret that sounds so. A template that is not there needs nothing."""
    return change(path, _declared) if Path(path).exists() else answer([f"{path} is not there: nothing to declare"])


def take_back(path: str) -> int:
    """Put the template back as it was."""
    return put_back(path, _declared)


def key_file(path: str) -> int:
    """Print whether others than its owner may read a file."""
    try:
        mode = stat.S_IMODE(Path(path).stat().st_mode)
    except OSError as error:
        return answer([str(error)], UNREADABLE)
    return answer([f"others may read it: {mode:04o}"], WRONG) if mode & 0o077 else answer(["its owner's alone"])


def close(path: str) -> int:
    """Let nobody but its owner read a file. One that is not there needs nothing."""
    file = Path(path)
    if file.exists():
        file.chmod(stat.S_IMODE(file.stat().st_mode) & 0o700)
    return 0


def open_again(path: str, mode: str) -> int:
    """Give a file the mode that it had; an empty one means that it was not changed."""
    if mode and Path(path).exists():
        Path(path).chmod(int(mode, 8))
    return 0


def is_kept(path: str, template: str) -> int:
    """Print ``kept`` where nobody else may read the file and the template declares its secrets."""
    told: list[str] = []
    if Path(path).exists() and stat.S_IMODE(Path(path).stat().st_mode) & 0o077:
        told.append("others may read the file")
    if Path(template).exists():
        told += [f"{name} is not declared secret" for name in _undeclared(lines_of(content_of(template)))]
    return answer(told or ["kept"], WRONG if told else 0)


def _undeclared(lines: list[str]) -> Iterator[str]:
    declared = declared_in(lines)
    for name in _values(lines):
        if "secret" not in declared.get(name, "").split():
            yield name


def _values(lines: list[str]) -> dict[str, bytes]:
    """Return the values that are secret, by name."""
    declared = declared_in(lines)
    found = {}
    for entry in entries(lines):
        value = entry.value[1:-1] if entry.quote else entry.value
        sounds = _SECRET_NAME.search(entry.name) and not _HARMLESS_NAME.search(entry.name)
        is_secret = "secret" in declared.get(entry.name, "").split()
        if (sounds or is_secret) and len(value) >= _SHORTEST and not _PLACEHOLDER.fullmatch(value):
            found[entry.name] = value.encode("utf-8", "surrogateescape")
    return found


def _declared(content: bytes) -> bytes:
    lines = lines_of(content)
    for name in list(_undeclared(lines)):
        said = [number for number, line in enumerate(lines) if (m := _DECLARATION.match(line)) and m["name"] == name]
        if said:
            lines[said[-1]] = f"{lines[said[-1]].rstrip()} secret"
        else:
            number = next(entry.number for entry in entries(lines) if entry.name == name)
            lines.insert(number - 1, f"#@ {name}: secret")
    return content if lines == lines_of(content) else content_with(lines)
