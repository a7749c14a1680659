"""Signatures that match what they claim, nothing that they exclude, and in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.model import Signature
from sickbay.signatures.complexity import slow_part
from sickbay.signatures.factors import factors


def check_signatures(file: GuideFile) -> Iterator[Problem]:
    """Check every signature of a guide."""
    seen: set[str] = set()
    front = file.guide.front
    for name in [*(each.id for each in front.signatures), *(each.id for each in front.facts)]:
        if name in seen:
            yield file.problem(file.line_of_id(name), f"There are two of the id {name!r}.", "Give each its own.")
        seen.add(name)
    for signature in front.signatures:
        yield from _check(file, signature)


def _check(file: GuideFile, signature: Signature) -> Iterator[Problem]:
    line = file.line_of_id(signature.id)
    try:
        pattern = re.compile(signature.pattern)
    except re.error as error:
        yield file.problem(line, f"The pattern of {signature.id!r} does not parse: {error}.", "Correct it.")
        return
    yield from _check_lines(file, line, signature, pattern)
    if (part := slow_part(signature.pattern)) is not None:
        message = f"The pattern of {signature.id!r} can take very long: {part}."
        yield file.problem(line, message, "Bound the gap ({0,200}), or begin each round with something fixed.")
    yield from _check_tags(file, line, signature)
    if not factors(signature.pattern):
        message = f"The pattern of {signature.id!r} has no fixed text, so every line must be tried."
        yield file.problem(line, message, "Name some characters that every match holds.")


def _check_tags(file: GuideFile, line: int, signature: Signature) -> Iterator[Problem]:
    """What stops a session must be sure, and know what it is not."""
    if not signature.tags:
        return
    if len(set(signature.tags)) != len(signature.tags):
        yield file.problem(line, f"{signature.id!r} has a tag twice.", "Write it once.")
    if signature.strength != "strong":
        message = f"{signature.id!r} stops a session, and is {signature.strength}."
        yield file.problem(line, message, "Narrow it until it is strong, or take the tags out.")
    if not signature.not_in:
        message = f"{signature.id!r} stops a session, and names no line that looks alike and means no harm."
        yield file.problem(line, message, "Write such lines under not_in.")


def _check_lines(file: GuideFile, line: int, signature: Signature, pattern: re.Pattern[str]) -> Iterator[Problem]:
    for example in (signature.example, *signature.also):
        if not pattern.search(example):
            message = f"The pattern of {signature.id!r} does not match its example {example!r}."
            yield file.problem(line, message, "Widen the pattern, or correct the example.")
    for other in signature.not_in:
        if pattern.search(other):
            message = f"The pattern of {signature.id!r} matches a line that means something else: {other!r}."
            yield file.problem(line, message, "Narrow the pattern.")
