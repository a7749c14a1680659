"""All guides that are there: ours, and those of folders a project names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from sickbay.guides.model import Guide
from sickbay.guides.parser import InvalidGuideError, parse_guide

_NOT_GUIDES = frozenset({"README.md"})


@cache
def builtin_guides() -> tuple[Guide, ...]:
    """Return the guides that come with the package, by area and slug. Raises :class:`InvalidGuideError`."""
    return tuple(_read(files("sickbay.guides")))


def guides_in(folders: Iterable[Path]) -> tuple[Guide, ...]:
    """Return the guides of some folders, their subfolders included. Raises :class:`InvalidGuideError`."""
    return tuple(guide for folder in folders for guide in _read(folder))


def read_guide(path: Path) -> Guide:
    """Read one guide's file. Raises :class:`InvalidGuideError`, also for a file that is not there or not UTF-8."""
    try:
        return parse_guide(path.stem, str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidGuideError(str(path), 1, str(error)) from error


def _read(folder: Traversable) -> Iterator[Guide]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            yield from _read(entry)
        elif entry.name.endswith(".md") and entry.name not in _NOT_GUIDES:
            yield parse_guide(entry.name.removesuffix(".md"), str(entry), entry.read_text(encoding="utf-8"))
