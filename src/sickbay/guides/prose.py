"""Guides as documents for people: the machine parts said in words, everything else as it was written."""

from __future__ import annotations

import re

import yaml

from sickbay.guides.fences import Fence
from sickbay.guides.model import Cause, Guide
from sickbay.guides.part_kinds import FUNCTION_WORD

_OPTIONAL = re.compile(r"\[[^\[\]{}]*\{\w+\}[^\[\]{}]*\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TITLE = re.compile(r"^# .*$", re.MULTILINE)


def prose_of(guide: Guide) -> str:
    """Return a guide as plain Markdown: title, entry in the index, sections. Raises ``InvalidGuideError``."""
    body = _TITLE.sub("", _body(guide), count=1).strip("\n")
    return "\n\n".join([f"# {guide.title}", _entry(guide), *_inputs(guide), body]) + "\n"


def sentence(title: str) -> str:
    """Return a cause's title without what a diagnosis would fill in."""
    return _PLACEHOLDER.sub(r"\1", _OPTIONAL.sub("", title))


def _entry(guide: Guide) -> str:
    front = guide.front
    lines = [
        f"- **Problem:** {front.problem}",
        f"- **Root cause:** {front.root_cause}",
        f"- **Solution:** {front.solution}",
        f"- **Impact:** {front.impact}",
    ]
    lines += [f"- **Hand over when:** {escalation.says}" for escalation in front.escalate]
    if front.proof == "none":
        lines.append("- **Proof:** none yet. This guide documents and detects; its repair is not run by the program.")
    elif front.tested is None:
        lines.append("- **Proof:** not run in the lab yet.")
    else:
        versions = ", ".join(f"{name} {version}" for name, version in front.tested.versions.items())
        lines.append(f"- **Proof:** {front.tested.result} on {front.tested.date.isoformat()} with {versions}.")
    return "\n".join(lines)


def _inputs(guide: Guide) -> list[str]:
    """Return how a person sets what the commands name, nothing where they name nothing."""
    if not guide.front.inputs:
        return []
    lines = [
        f"{name}={described.default}" if described.default is not None else f"{name}= # yours, like {described.pattern}"
        for name, described in guide.front.inputs.items()
    ]
    return ["The commands below name these values; set them first, to yours:", _block("sh", "\n".join(lines))]


def _body(guide: Guide) -> str:
    """Return the body with every machine part in words."""
    lines = guide.body.splitlines()
    for fence in sorted(guide.fences, key=lambda each: -each.line):
        start = fence.line - guide.body_line
        if fence.words:
            lines[start : start + fence.content.count("\n") + 2] = _told(guide, fence).splitlines()
    return "\n".join(lines)


def _told(guide: Guide, fence: Fence) -> str:
    kind = next(iter(fence.words))
    if kind == "cause":
        return "\n\n".join(_cause(cause) for cause in guide.causes if cause.line == fence.line)
    if kind == "facts":
        return _facts(guide, fence)
    said = _said(kind, fence)
    if FUNCTION_WORD in fence.words:
        return f"{said}\n\n{_called(fence)}"
    return f"{said}\n\n{_block(fence.language, fence.content.rstrip())}"


def _called(fence: Fence) -> str:
    """Return a function's name with what it is given."""
    try:
        given = yaml.safe_load(fence.content)
    except yaml.YAMLError:  # told by the linter
        given = None
    words = [f"{name} `{value}`" for name, value in given.items()] if isinstance(given, dict) else []
    ending = f", with {', '.join(words)}." if words else "."
    return f"It is the function `{fence.words[FUNCTION_WORD]}`, which stands beside the guides{ending}"


def _said(kind: str, fence: Fence) -> str:
    """Return the sentence before a block."""
    words, name = fence.words, fence.words[kind]
    match kind:
        case "file":
            return f"The file `{name}`:"
        case "reproduce":
            return f"This makes the fault{f' `{name}`' if name else ''}, in a scratch folder only:"
        case "symptom":
            return f"This shows{f' `{name}`' if name else ' it'}:"
        case "probe":
            return f"A look, `{name}`, that changes nothing:"
        case "step":
            return _step(words)
        case "undo":
            return f"The way back from `{name}`:"
        case "verify":
            return f"The proof, `{name}`:"
        case "expect":
            how = {"regex": "matches this expression", "glob": "matches this pattern"}
            return f"All is well when what it prints {how.get(words.get('match', ''), 'is exactly')}:"
        case "guard":
            return f"A check for CI, `{name}`, which fails when the fault comes back:"
        case _:
            return f"Printed with {words.get('versions', '').replace(':', ' ').replace(',', ', ')}:"


def _step(words: dict[str, str]) -> str:
    name, backup = words["step"], words.get("backup", "")
    first = f" First a copy of `{backup}` is made." if backup else ""
    match words.get("effect"):
        case "destructive":
            return f"**Warning: `{name}` cannot be undone**, so only a person does it. {words.get('why', '')}{first}"
        case "disruptive":
            return f"**Warning: `{name}` interrupts what is running.** It can be undone.{first}"
        case _:
            return f"Step `{name}`, which can be undone.{first}"


def _cause(cause: Cause) -> str:
    text = f"**{sentence(cause.title)}** (`{cause.id}`). {cause.advice}"
    if cause.repair:
        text += f"\n\nRepaired by: {', '.join(f'`{step}`' for step in cause.repair)}."
    return text + (f"\n\nA person must act: {cause.escalate}" if cause.escalate else "")


def _facts(guide: Guide, fence: Fence) -> str:
    facts = [
        (fact, rules)
        for probe in guide.parts.probes
        for fact in probe.facts
        if fact.line == fence.line
        for rules in [_rules(fence, fact.name)]
    ]
    lines = [f"- `{fact.name}`{rules}{f'. {fact.says}' if fact.says else ''}" for fact, rules in facts]
    return "What it tells:\n\n" + "\n".join(lines)


def _rules(fence: Fence, name: str) -> str:
    """Return how a fact is taken, as the block states it."""
    stated = fence.content.split(f"{name}:", 1)[-1]
    when, unless = (re.search(rf"\A(?:\s+.*\n)*?\s+{key}: (.+)$", stated, re.MULTILINE) for key in ("when", "unless"))
    if when is None or unless is None:
        return ""
    return f": yes where `{when.group(1)}`, no where `{unless.group(1)}`, otherwise not known"


def _block(language: str, content: str) -> str:
    return f"```{language}\n{content}\n```"
