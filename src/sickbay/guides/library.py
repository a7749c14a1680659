"""Where guides come from: this package, other packages that bring some, and the project that somebody works on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.model import Guide
from sickbay.guides.parser import is_guide, parse_causes

ENTRY_POINTS = "sickbay.guides"
"""The entry points by which other packages hand over guides: a name, and the package whose folder holds them."""

PROJECT_FOLDER = "docs/troubleshooting"
"""Where a project keeps guides of its own, seen from its root."""


@cache
def builtin_guides() -> tuple[Guide, ...]:
    """Return the guides of this package, by area and slug. Raises :class:`InvalidGuideError`."""
    return tuple(_read(files("sickbay.guides")))


def guides_in(folder: Path) -> tuple[Guide, ...]:
    """Return the guides of a folder and those below it; none where it does not exist. Raises ``InvalidGuideError``."""
    return tuple(_read(folder)) if folder.is_dir() else ()


def packaged_guides() -> tuple[Guide, ...]:
    """Return the guides that installed packages bring, by the names of their entry points.

    Raises :class:`InvalidGuideError`, also where an entry point names no package.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415  (takes long to import, and a diagnosis needs none)

    found: list[Guide] = []
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        try:
            folder = files(point.module)
        except (ImportError, TypeError) as error:
            message = f"the entry point {point.name!r} of {ENTRY_POINTS} names no package: {error}"
            raise InvalidGuideError(point.value, 1, message) from error
        found += _read(folder)
    return tuple(found)


def all_guides(project: Path | None = None) -> tuple[Guide, ...]:
    """Return every guide there is, with those of the folder ``project``.

    Of two with the same slug the project's stands before a package's, and that before ours: whoever is nearer knows
    better. Raises :class:`InvalidGuideError`.
    """
    own = guides_in(project) if project is not None else ()
    return _first_of_each([own, packaged_guides(), builtin_guides()])


def _first_of_each(sources: Iterable[tuple[Guide, ...]]) -> tuple[Guide, ...]:
    by_slug: dict[str, Guide] = {}
    for guides in sources:
        for guide in guides:
            by_slug.setdefault(guide.slug, guide)
    return tuple(sorted(by_slug.values(), key=lambda guide: (guide.front.area, guide.slug)))


def _read(folder: Traversable) -> Iterator[Guide]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            yield from _read(entry)
        elif entry.name.endswith(".md"):
            try:
                text = entry.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise InvalidGuideError(str(entry), 1, f"not UTF-8: {error}") from error
            if is_guide(entry.name, text):
                yield parse_causes(entry.name.removesuffix(".md"), str(entry), text)
