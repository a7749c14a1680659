"""Causes whose conditions speak of what exists, and whose sentences can be filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from sickbay.guides.conditions import names
from sickbay.guides.equivalence import mean_the_same
from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.model import Cause, Guide

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check_causes(file: GuideFile) -> Iterator[Problem]:
    """Check every cause and every condition of a guide."""
    guide = file.guide
    if not guide.causes:
        yield file.problem(1, "The guide has no cause.", "Add a 'yaml cause=ID' block under Root causes.")
    known = file.own_names | file.facts | guide.parts.fact_names
    for name, condition in guide.conditions.items():
        for unknown in sorted(names(condition) - known):
            yield _unknown_name(file, file.line_of_id(name), name, unknown)
    for cause in guide.causes:
        for unknown in sorted(names(cause.condition) - known):
            yield _unknown_name(file, cause.line, cause.id, unknown)
        yield from _check_cause(file, cause)
    for name in sorted(file.own_names - file.names_asked_for):
        yield file.problem(
            file.line_of_id(name), f"No cause speaks of {name!r}.", "Use it in a 'when', or take it out."
        )
    for one, other in combinations(guide.causes, 2):
        if mean_the_same(one.condition, other.condition):
            fix = "Ask in one of them for a fact that tells them apart."
            message = f"The causes {one.id!r} and {other.id!r} have the same facts, so nothing decides between them."
            yield file.problem(other.line, message, fix)


def _check_cause(file: GuideFile, cause: Cause) -> Iterator[Problem]:
    sections = {fence.line: fence.section for fence in file.guide.fences}
    if not cause.advice:
        yield file.problem(cause.line, f"The cause {cause.id!r} has no advice.", "Say in plain words what helps.")
    if not _SLUG.fullmatch(cause.id):
        yield file.problem(cause.line, f"{cause.id!r} is no slug.", "Use lower-case words with hyphens.")
    if sections.get(cause.line) != "Root causes":
        yield file.problem(cause.line, f"The cause {cause.id!r} stands elsewhere.", "Move it under 'Root causes'.")
    known = file.facts | _captures(file.guide)
    for name in sorted(set(_PLACEHOLDER.findall(f"{cause.title} {cause.advice}")) - known):
        fix = "Name a capture (?P<…>) of this guide's patterns, or a fact."
        yield file.problem(cause.line, f"Nothing fills {{{name}}} of {cause.id!r}.", fix)
    yield from _check_repair(file, cause)
    for name in sorted(cause.explains):
        if not _SLUG.fullmatch(name) or name == cause.id:
            yield file.problem(cause.line, f"{cause.id!r} cannot explain {name!r}.", "Name another cause's slug.")


def _check_repair(file: GuideFile, cause: Cause) -> Iterator[Problem]:
    if cause.repair and cause.escalate:
        message = f"The cause {cause.id!r} has both repair and escalate, so it is not clear who acts."
        yield file.problem(cause.line, message, "Keep one.")
    if not cause.repair and not cause.escalate and file.guide.front.proof != "none":
        fix = "Add repair: with ids of steps, or escalate: with the reason why a person must act."
        yield file.problem(cause.line, f"The cause {cause.id!r} has neither repair nor escalation.", fix)
    steps = {step.id for step in file.guide.parts.steps}
    for name in cause.repair:
        if name not in steps:
            fix = f"There are: {', '.join(sorted(steps)) or 'none'}."
            yield file.problem(cause.line, f"{cause.id!r} repairs with {name!r}, which is no step.", fix)


def _captures(guide: Guide) -> set[str]:
    return {name for each in guide.front.signatures for name in re.findall(r"\(\?P<(\w+)>", each.pattern)}


def _unknown_name(file: GuideFile, line: int, where: str, name: str) -> Problem:
    fix = "Name a signature, a condition, or a probe's fact of this guide, or a fact of sickbay/facts/vocabulary.py."
    return file.problem(line, f"{where!r} speaks of {name!r}, which does not exist.", fix)
