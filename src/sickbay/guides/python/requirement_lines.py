"""Changing one line of a requirements file, and taking that back. For the guides beside this."""

from __future__ import annotations

import re

from sickbay.guides.function_parts import change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit
from sickbay.guides.line_edits import one_line

_PINNED = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\[[^\]]*\])?\s*==\s*(?P<version>[^\s;#,*]+)(?P<rest>.*)")
_ONE_EQUALS = re.compile(r"(?P<before>[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?\s*)=(?P<after>\s*[\w.!+*]+.*)")
_PREFER_WHEELS = "--prefer-binary"


def allow_older(file: str, package: str) -> int:
    """Make ``NAME==VERSION`` of a package ``NAME<=VERSION``, so that the resolver may take an older one."""
    return change_text(file, _older(package))


def demand_exactly(file: str, package: str) -> int:
    """Take back :func:`allow_older`."""
    return put_text_back(file, _older(package))


def unpin(file: str, package: str) -> int:
    """Make ``NAME==VERSION`` of a package ``NAME``, so that what the others ask of it decides."""
    return change_text(file, _unpinned(package))


def pin_again(file: str, package: str) -> int:
    """Take back :func:`unpin`."""
    return put_text_back(file, _unpinned(package))


def double_equals(file: str, package: str) -> int:
    """Make ``NAME=VERSION`` of a package ``NAME==VERSION``."""
    return change_text(file, _doubled(package))


def single_equals(file: str, package: str) -> int:
    """Take back :func:`double_equals`."""
    return put_text_back(file, _doubled(package))


def prefer_wheels(file: str) -> int:
    """Let pip take an older version that is built over a newer one that is not."""
    return change_text(file, _with_wheels)


def prefer_newest(file: str) -> int:
    """Take back :func:`prefer_wheels`."""
    return put_text_back(file, _with_wheels)


def _older(package: str) -> Edit:
    return _pin_changed(package, "<={version}")


def _unpinned(package: str) -> Edit:
    return _pin_changed(package, "")


def _pin_changed(package: str, condition: str) -> Edit:
    """Return the edit that puts another condition in the place of a package's ``==VERSION``."""

    def change(line: str) -> str | None:
        found = _PINNED.fullmatch(line)
        if found is None or _normal(found["name"]) != _normal(package):
            return None
        return f"{found['name']}{found['extras'] or ''}{condition.format(version=found['version'])}{found['rest']}"

    return one_line(change, f"no line pins {package} with ==")


def _doubled(package: str) -> Edit:
    def change(line: str) -> str | None:
        found = _ONE_EQUALS.fullmatch(line)
        if found is None or not _normal(found["before"]).startswith(_normal(package)):
            return None
        return f"{found['before']}=={found['after']}"

    return one_line(change, f"no line asks for {package} with one =")


def _with_wheels(text: str) -> str:
    if _PREFER_WHEELS in text:
        raise CannotChangeError(f"it has {_PREFER_WHEELS} already")
    return f"{_PREFER_WHEELS}\n{text}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
