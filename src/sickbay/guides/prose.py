"""Guides as documents for people: showing one, and finding some by words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sickbay.guides.model import Guide


def prose_of(guide: Guide) -> str:
    """Return a guide as plain Markdown: its title, its entry in the index, its sections."""
    front = guide.front
    entry = [
        f"- **Problem:** {front.problem}",
        f"- **Root cause:** {front.root_cause}",
        f"- **Solution:** {front.solution}",
        f"- **Impact:** {front.impact}",
    ]
    sections = [f"## {name}\n\n{text}" for name, text in guide.sections.items()]
    return "\n\n".join([f"# {guide.title}", "\n".join(entry), *sections]) + "\n"


def search(guides: Iterable[Guide], words: Sequence[str]) -> list[Guide]:
    """Return the guides that contain every word, those first whose names, titles, and problems do."""
    wanted = [word.casefold() for given in words for word in given.split()]
    found = [(_rank(guide, wanted), guide) for guide in guides if _holds_all(guide, wanted)]
    return [guide for _, guide in sorted(found, key=lambda item: (item[0], item[1].slug))]


def _holds_all(guide: Guide, words: Sequence[str]) -> bool:
    examples = "\n".join(signature.example for signature in guide.front.signatures)
    whole = f"{guide.slug}\n{prose_of(guide)}\n{examples}".casefold()
    return all(word in whole for word in words)


def _rank(guide: Guide, words: Sequence[str]) -> int:
    """Return how many words are missing from what names the guide."""
    causes = "\n".join(f"{cause.id} {cause.title}" for cause in guide.causes)
    name = f"{guide.slug}\n{guide.title}\n{guide.front.problem}\n{causes}".casefold()
    return sum(word not in name for word in words)
