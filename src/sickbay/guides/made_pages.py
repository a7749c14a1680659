"""The files that are made from guides in a project, compared with what lies there, and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sickbay.guides.library import PROJECT_FOLDER
from sickbay.guides.model import Guide
from sickbay.guides.overview import overview_page
from sickbay.guides.pages import MADE, guide_page, index_page

OVERVIEW = "TROUBLESHOOTING.md"


@dataclass(frozen=True, kw_only=True)
class PageChanges:
    """What differs, by paths below the project's root: to be written, and to be removed because its guide is gone."""

    written: Mapping[str, str]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


def pages_of(guides: Sequence[Guide], root: Path) -> dict[str, str]:
    """Return every page by its path below ``root``. A guide that lies where its page would is its own page."""
    ordered = sorted(guides, key=lambda guide: guide.slug)
    pages = {OVERVIEW: overview_page(ordered, f"{PROJECT_FOLDER}/"), f"{PROJECT_FOLDER}/index.md": index_page(ordered)}
    for guide in ordered:
        name = f"{PROJECT_FOLDER}/{guide.slug}.md"
        if Path(guide.path).resolve() != (root / name).resolve():
            pages[name] = guide_page(guide, ordered)
    return pages


def changes(guides: Sequence[Guide], root: Path) -> PageChanges:
    """Compare what ought to lie in a project with what does."""
    pages = pages_of(guides, root)
    return PageChanges(
        written={name: text for name, text in pages.items() if _text(root / name) != text},
        removed=tuple(sorted(name for name in _made(root) if name not in pages)),
    )


def write(changed: PageChanges, root: Path) -> None:
    """Write and remove what differs. Raises ``OSError``."""
    for name, text in changed.written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for name in changed.removed:
        (root / name).unlink()


def _made(root: Path) -> Iterator[str]:
    """Yield the pages that were made once. What a person wrote is never among them."""
    for path in sorted((root / PROJECT_FOLDER).glob("*.md")):
        text = _text(path)
        if text is not None and text.rstrip().endswith(MADE):
            yield f"{PROJECT_FOLDER}/{path.name}"


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
