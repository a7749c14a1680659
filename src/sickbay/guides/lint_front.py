"""Front matter whose promises can be kept: inputs, versions, dates, and when to hand over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sickbay.guides.condition_parser import ConditionError, parse
from sickbay.guides.conditions import names
from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.model import Input
from sickbay.signatures.complexity import slow_part

_INPUT_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_RANGE = re.compile(r"(?:>=|<=|==|!=|~=|<|>)\s?\d[\w.]*(?:\s?,\s?(?:>=|<=|==|!=|~=|<|>)\s?\d[\w.]*)*")

#: Values that an input must not take: a command would read them as options, or a person would not see them.
_OPTIONS = ("--help", "-rf", "-x", "--force=yes")


def check_front(file: GuideFile) -> Iterator[Problem]:
    """Check what the front matter says about itself."""
    front = file.guide.front
    for key in ("problem", "root_cause", "solution", "impact", "area"):
        if not str(getattr(front, key)).strip():
            yield file.problem(file.line_of_key(key), f"{key!r} is empty.", "Write one sentence.")
    if not front.escalate:
        fix = "Add escalate: with sentences that say when a person must take over, and who."
        yield file.problem(1, "The guide does not say when to escalate.", fix)
    for escalation in front.escalate:
        yield from _check_escalation(file, escalation.says, escalation.when)
    for component, versions in front.applies_to.items():
        line = file.line_of_key("applies_to")
        if not _RANGE.fullmatch(versions):
            yield file.problem(line, f"{versions!r} is no range of versions.", "Write it like '>=20.10,<30'.")
        if component not in front.components:
            yield file.problem(line, f"{component!r} is none of the components.", "Add it to components:.")
    if front.limits.minutes <= 0 or front.limits.minutes > 30 or front.limits.probe_seconds <= 0:
        line = file.line_of_key("limits")
        yield file.problem(line, "These limits are none.", "minutes is above 0 and at most 30, probe_seconds above 0.")
    if front.created and front.updated and front.updated < front.created:
        yield file.problem(file.line_of_key("updated"), "The guide was updated before it was created.", "Correct it.")
    yield from _check_inputs(file)


def _check_escalation(file: GuideFile, says: str, when: str) -> Iterator[Problem]:
    line = file.line_of(f"says: {says}", says[:40]) if says.strip() else file.line_of_key("escalate")
    if not says.strip():
        yield file.problem(line, "An escalation says nothing.", "Say when, and to whom.")
    if not when:
        return
    try:
        asked = names(parse(" ".join(when.split())))
    except ConditionError as error:
        yield file.problem(line, f"escalate: {error}", "Correct the condition.")
        return
    for unknown in sorted(asked - file.own_names - file.facts - file.guide.parts.fact_names):
        fix = "Name a signature, a condition, a fact of a probe, or one of sickbay/facts/vocabulary.py."
        yield file.problem(line, f"escalate speaks of {unknown!r}, which does not exist.", fix)


def _check_inputs(file: GuideFile) -> Iterator[Problem]:
    used = file.inputs_used
    for name, described in file.guide.front.inputs.items():
        line = file.line_of_key(name)
        if not _INPUT_NAME.fullmatch(name):
            yield file.problem(line, f"The input {name!r} is not written like NAME.", "Use capitals and underscores.")
        if name not in used:
            yield file.problem(line, f"Nothing uses the input {name!r}.", "Write $NAME where it belongs, or drop it.")
        yield from _check_input(file, line, name, described)


def _check_input(file: GuideFile, line: int, name: str, described: Input) -> Iterator[Problem]:
    try:
        pattern = re.compile(described.pattern)
    except re.error as error:
        yield file.problem(line, f"The pattern of the input {name!r} does not parse: {error}.", "Correct it.")
        return
    if slow := slow_part(described.pattern):
        yield file.problem(line, f"The pattern of the input {name!r} can take very long: {slow}.", "Bound it.")
    if described.default is not None and not pattern.fullmatch(described.default):
        yield file.problem(line, f"The default of {name!r} does not match its pattern.", "Correct one of them.")
    if described.secret and described.default is not None:
        yield file.problem(line, f"The secret {name!r} has a default, which everybody reads.", "Take it out.")
    if any(pattern.fullmatch(option) for option in _OPTIONS):
        fix = "Let the pattern begin with something else than a hyphen."
        yield file.problem(line, f"The input {name!r} may be read as an option, like --help.", fix)
