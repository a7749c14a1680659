"""A guide's body as Markdown: its title, its sections, its code blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sickbay.guides.fences import Fence, InvalidGuideError, info_words


@dataclass(frozen=True, kw_only=True)
class Document:
    """The body, read whole."""

    title: str
    sections: dict[str, str]
    """The text of each section, in the file's order."""
    fences: tuple[Fence, ...]


def parse_document(path: str, body: str, body_line: int) -> Document:
    """Read a guide's body. Raises :class:`InvalidGuideError`."""
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    return Document(
        title=_title(path, tokens, body_line),
        sections=_sections(tokens, body),
        fences=tuple(_fences(path, tokens, body_line)),
    )


def _title(path: str, tokens: list[Token], body_line: int) -> str:
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open" and heading.tag == "h1":
            return inline.content
    raise InvalidGuideError(path, body_line, "the title, a heading of level 1, is missing")


def _section_starts(tokens: list[Token]) -> Iterator[tuple[str, int]]:
    """Yield each section's name and the line of the body behind its heading."""
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open" and heading.tag == "h2" and heading.map:
            yield inline.content, heading.map[1]


def _sections(tokens: list[Token], body: str) -> dict[str, str]:
    lines = body.splitlines()
    starts = list(_section_starts(tokens))
    if not starts:
        return {}
    ends = [start - 1 for _, start in starts[1:]] + [len(lines)]
    return {name: "\n".join(lines[start:end]).strip() for (name, start), end in zip(starts, ends, strict=True)}


def _fences(path: str, tokens: list[Token], body_line: int) -> Iterator[Fence]:
    section = ""
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            section = tokens[number + 1].content
        if token.type != "fence" or token.map is None:
            continue
        line = token.map[0] + body_line
        language, words = info_words(path, line, token.info)
        yield Fence(language=language, words=words, content=token.content, section=section, line=line)
