"""Links that lead somewhere: pages and anchors that exist here, and addresses elsewhere that have the right form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

from sickbay.guides.headings import anchors
from sickbay.guides.lint_problem import GuideFile, Problem


def check_links(file: GuideFile) -> Iterator[Problem]:
    """Check every link of a guide. Nothing is fetched."""
    for line, target in _links(file):
        if why := _why_broken(file, target):
            yield file.problem(line, f"The link {target!r} is broken: {why}.", "Correct it, or take it out.")


def _links(file: GuideFile) -> Iterator[tuple[int, str]]:
    """Yield each link with the file's line of its paragraph."""
    for token in MarkdownIt("commonmark").enable("table").parse(file.guide.body):
        line = (token.map[0] if token.map else 0) + file.guide.body_line
        for child in token.children or ():
            target = child.attrs.get("href") or child.attrs.get("src")
            if child.type in {"link_open", "image"}:
                yield line, str(target or "")


def _why_broken(file: GuideFile, target: str) -> str:
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError as error:
        return str(error)
    if parts.scheme in {"http", "https"}:
        return "" if "." in host.strip(".") or host == "localhost" else "it names no host"
    if parts.scheme:
        return f"{parts.scheme}: is not followed here"
    if not parts.path:
        return "" if parts.fragment in anchors(file.guide.body) else "this page has no such heading"
    page = Path(file.guide.path).parent / unquote(parts.path)
    if not page.exists():
        return "there is no such file"
    if parts.fragment and parts.fragment not in anchors(page.read_text(encoding="utf-8", errors="replace")):
        return "that page has no such heading"
    return ""
