"""Whether a project's files can be read, and beginning those that are missing. For the guides beside this."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

from sickbay.guides.function_parts import WRONG, answer, make_file, take_away

_NAME = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?"
_VERSION = r"\s*(?:~=|===?|!=|<=|>=|<|>)\s*[\w.*+!-]+\s*"
_REQUIREMENT = re.compile(
    rf"{_NAME}\s*(?:\[[\w\s,.-]*\])?\s*(?:@\s*\S+|\(?(?:{_VERSION}(?:,{_VERSION})*)?\)?)\s*(?:;.*)?(?:\s--hash=\S+)*"
)
_LOCATION = re.compile(r"(?:[\w+]+://|\.{0,2}/|file:|[\w+]+\+)\S+.*")
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


def look(file: str) -> int:
    """Say whether a requirements file or pyproject.toml is there and can be read: ``well``, or what is amiss."""
    path = Path(file)
    if not path.is_file():
        return answer("absent")
    try:
        text = path.read_text(encoding="utf-8")
        trouble = _project(text) if path.suffix == ".toml" else _requirements(text)
    except UnicodeDecodeError:
        trouble = "unreadable requirements: the file is not UTF-8"
    return answer(trouble or "well")


def include_other(file: str) -> int:
    """Make a requirements file that is missing, and let it include the one that the project has."""
    content = _including(file)
    if content is None:
        return answer(f"the project has no requirements file that {file} could include", WRONG)
    return make_file(file, content)


def take_include_away(file: str) -> int:
    """Take back :func:`include_other`."""
    return take_away(file, _including(file) or "")


def begin_project(file: str) -> int:
    """Make the shortest pyproject.toml, named after the folder."""
    return make_file(file, _beginning())


def end_project(file: str) -> int:
    """Take back :func:`begin_project`."""
    return take_away(file, _beginning())


def _project(text: str) -> str:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return f"unreadable project file: {error}"
    project = tables.get("project", {})
    for condition in str(project.get("requires-python", "")).split(","):
        if condition.strip() and not re.fullmatch(_VERSION, condition):
            return f"unreadable project file: requires-python = {condition}"
    for requirement in project.get("dependencies", []):
        if not _REQUIREMENT.fullmatch(str(requirement).strip()):
            return f"unreadable project file: dependency {requirement}"
    return ""


def _requirements(text: str) -> str:
    for number, line in enumerate(text.replace("\\\n", " ").splitlines(), start=1):
        line = re.sub(r"(?:^|\s)#.*", "", line).strip()  # noqa: PLW2901  (without its comment)
        if line and not line.startswith("-") and not _LOCATION.fullmatch(line) and not _REQUIREMENT.fullmatch(line):
            return f"unreadable requirements: line {number}: {line}"
    return ""


def _including(file: str) -> str | None:
    wanted = Path(file)
    places = [
        Path("requirements.txt"),
        *sorted(Path().glob("requirements*.txt")),
        *sorted(Path().glob("requirements/*.txt")),
    ]
    other = next((place for place in places if place.is_file() and place != wanted), None)
    return None if other is None else f"-r {os.path.relpath(other, wanted.parent)}\n"


def _beginning() -> str:
    name = _NOT_A_NAME.sub("-", Path.cwd().name.lower()).strip("-") or "project"
    python = f">={sys.version_info.major}.{sys.version_info.minor}"
    return f'[project]\nname = "{name}"\nversion = "0.1.0"\nrequires-python = "{python}"\ndependencies = []\n'
