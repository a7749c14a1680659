"""Reading a guide's Markdown file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sickbay.guides.condition_parser import ConditionError, parse
from sickbay.guides.conditions import Condition
from sickbay.guides.model import FORMAT_VERSION, Cause, CauseBody, Fence, FrontMatter, Guide

# The same safe loader, written in C, where PyYAML was built with it: several times faster.
_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FRONT_MATTER_END = "\n---\n"


class InvalidGuideError(ValueError):
    """A guide cannot be read. The message says which file, which line, and what is wrong."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.message = message


def parse_guide(slug: str, path: str, text: str) -> Guide:
    """Read one guide. Raises :class:`InvalidGuideError`."""
    front_text, body, body_line = _split(path, text)
    front = _front_matter(path, front_text)
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    fences = tuple(_fences(path, tokens, body_line))
    causes = tuple(_cause(path, fence) for fence in fences if fence.language == "yaml" and "cause" in fence.words)
    conditions = {fact.id: _condition(path, 1, fact.when) for fact in front.facts}
    return Guide(
        slug=slug,
        path=path,
        title=_title(path, tokens, body_line),
        front=front,
        conditions=conditions,
        causes=causes,
        sections=_sections(tokens, body),
        fences=fences,
    )


def _split(path: str, text: str) -> tuple[str, str, int]:
    if not text.startswith("---\n") or _FRONT_MATTER_END not in text:
        raise InvalidGuideError(path, 1, "a guide begins with front matter between two lines of '---'")
    front, body = text[4:].split(_FRONT_MATTER_END, 1)
    return front, body, front.count("\n") + 4


def _front_matter(path: str, text: str) -> FrontMatter:
    try:
        front = msgspec.convert(_load_yaml(text), FrontMatter)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise InvalidGuideError(path, line, f"front matter is not YAML: {error.problem}") from error
    except msgspec.ValidationError as error:
        raise InvalidGuideError(path, 1, f"front matter: {error}") from error
    if front.guide != FORMAT_VERSION:
        raise InvalidGuideError(path, 1, f"guide format {front.guide} is not known; this is format {FORMAT_VERSION}")
    return front


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
        try:
            language, *words = shlex.split(token.info) or [""]
        except ValueError as error:
            raise InvalidGuideError(path, line, f"info string of the code block: {error}") from error
        pairs = {key: value for key, _, value in (word.partition("=") for word in words)}
        yield Fence(language=language, words=pairs, content=token.content, section=section, line=line)


def _cause(path: str, fence: Fence) -> Cause:
    try:
        body = msgspec.convert(_load_yaml(fence.content), CauseBody)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise InvalidGuideError(path, fence.line, f"cause {fence.words['cause']}: {error}") from error
    return Cause(
        id=fence.words["cause"],
        title=body.title,
        condition=_condition(path, fence.line, body.when),
        advice=" ".join(body.advice.split()),
        explains=frozenset(body.explains),
        fallback=body.fallback,
        escalate=body.escalate,
        line=fence.line,
    )


def _condition(path: str, line: int, text: str) -> Condition:
    try:
        return parse(" ".join(text.split()))
    except ConditionError as error:
        raise InvalidGuideError(path, line, str(error)) from error


def _load_yaml(text: str) -> object:
    return yaml.load(text, Loader=_SAFE_LOADER)  # noqa: S506  (safe: see above)
