"""Reading a guide's Markdown file."""

from __future__ import annotations

import msgspec
import yaml

from sickbay.guides.condition_parser import ConditionError, parse
from sickbay.guides.conditions import Condition
from sickbay.guides.fences import Fence, InvalidGuideError, cause_fences
from sickbay.guides.front_errors import explained
from sickbay.guides.model import FORMAT_VERSION, Cause, CauseBody, FrontMatter, Guide

# The same safe loader, written in C, where PyYAML was built with it: several times faster.
_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FRONT_MATTER_END = "\n---\n"


def is_guide(name: str, text: str) -> bool:
    """Say whether a Markdown file means to be a guide: it begins with front matter. Other pages may lie beside."""
    return name.endswith(".md") and name != "README.md" and text.startswith("---\n")


def parse_guide(slug: str, path: str, text: str) -> Guide:
    """Read one guide whole. Raises :class:`InvalidGuideError`."""
    guide = parse_causes(slug, path, text)
    stated = [fence.line for fence in guide.fences if fence.language == "yaml" and "cause" in fence.words]
    for line in sorted({cause.line for cause in guide.causes}.symmetric_difference(stated)):
        raise InvalidGuideError(path, line, "a cause stands in a block of its own: ```yaml cause=ID … ```")
    return guide


def parse_causes(slug: str, path: str, text: str) -> Guide:
    """Read what a diagnosis needs of a guide: its front matter and its causes. Raises :class:`InvalidGuideError`."""
    front_text, body, body_line = _split(path, text)
    front = _front_matter(path, front_text)
    return Guide(
        slug=slug,
        path=path,
        front=front,
        conditions={fact.id: _condition(path, 1, fact.when) for fact in front.facts},
        causes=tuple(_cause(path, fence) for fence in cause_fences(path, body, body_line)),
        body=body,
        body_line=body_line,
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
        raise explained(path, text, error) from error
    if front.guide != FORMAT_VERSION:
        raise InvalidGuideError(path, 1, f"guide format {front.guide} is not known; this is format {FORMAT_VERSION}")
    return front


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
        repair=tuple(body.repair),
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
