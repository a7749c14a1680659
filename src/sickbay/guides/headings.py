"""The anchors of a Markdown page, named as the site and GitHub name them."""

from __future__ import annotations

import re
from itertools import pairwise

from markdown_it import MarkdownIt


def anchors(markdown: str) -> frozenset[str]:
    """Return the anchors of all headings."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    return frozenset(anchor(inline.content) for opened, inline in pairwise(tokens) if opened.type == "heading_open")


def anchor(heading: str) -> str:
    """Return the anchor of one heading."""
    text = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
    return re.sub(r"[\s-]+", "-", text)
