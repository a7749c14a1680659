"""The guides that come with the package."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from sickbay.guides.model import Guide
from sickbay.guides.parser import parse_causes

_NOT_GUIDES = frozenset({"README.md"})


@cache
def builtin_guides() -> tuple[Guide, ...]:
    """Return the guides, by area and slug. Raises :class:`~sickbay.guides.fences.InvalidGuideError`."""
    return tuple(_read(files("sickbay.guides")))


def _read(folder: Traversable) -> Iterator[Guide]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            yield from _read(entry)
        elif entry.name.endswith(".md") and entry.name not in _NOT_GUIDES:
            yield parse_causes(entry.name.removesuffix(".md"), str(entry), entry.read_text(encoding="utf-8"))
