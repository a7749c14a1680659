"""The form of a guide: its sections, and what stands in its code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sickbay.guides.fences import Fence
from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.model import SECTIONS

#: What each kind of machine part is written in, and the other words it may have. See the format's description.
_PARTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "cause": (frozenset({"yaml"}), frozenset()),
    "symptom": (frozenset({"sh"}), frozenset({"cause", "needs"})),
    "reproduce": (frozenset({"sh"}), frozenset({"cause", "needs"})),
    "probe": (frozenset({"sh", "python"}), frozenset({"timeout"})),
    "facts": (frozenset({"yaml"}), frozenset()),
    "step": (frozenset({"sh", "python"}), frozenset({"effect", "backup", "why"})),
    "undo": (frozenset({"sh", "python"}), frozenset()),
    "verify": (frozenset({"sh", "python"}), frozenset({"timeout"})),
    "expect": (frozenset({"text"}), frozenset({"match"})),
    "guard": (frozenset({"sh", "python"}), frozenset()),
    "output": (frozenset({"text"}), frozenset({"versions"})),
    "file": (frozenset(), frozenset()),
}
_NEEDS = frozenset({"docker", "root", "python", "cgroup"})
_SHELL = frozenset({"sh", "bash", "shell", "console"})

#: Shell words that never end by themselves. ``timeout 5 top`` does.
_ENDLESS = re.compile(
    r"^(?!\s*#)(?!.*\btimeout\s).*?(?:\btail\b[^|;&\n]*\s(?:-\w*[fF]\w*\b|--follow)|\s--follow\b(?!=false)"
    r"|\b(?:docker|podman|kubectl)\b[^|;&\n]*\blogs\b[^|;&\n]*\s-f\b|\bjournalctl\b[^|;&\n]*\s-\w*f"
    r"|\bdocker stats\b(?!.*--no-stream)|\bdocker events\b(?!.*--until)"
    r"|(?:^|[|;&]\s*)(?:sudo\s+)?(?:watch|htop)\s|(?:^|[|;&]\s*)(?:sudo\s+)?(?:top|htop)\s*(?:$|[|;&])"
    r"|(?:^|[|;&]\s*)(?:sudo\s+)?top\s+(?!.*-b))"
)


def check_sections(file: GuideFile) -> Iterator[Problem]:
    """Every section is there, in its order, and says something."""
    there = list(file.guide.sections)
    for name in SECTIONS:
        if name not in there:
            yield file.problem(1, f"The section {name!r} is missing.", f"Add '## {name}'.")
        elif not file.guide.sections[name]:
            yield file.problem(
                _line(file, name), f"The section {name!r} is empty.", "Write what a person on call needs."
            )
    for name in there:
        if name not in SECTIONS:
            yield file.problem(
                _line(file, name), f"{name!r} is no section of a guide.", f"There are: {', '.join(SECTIONS)}."
            )
    known = [name for name in there if name in SECTIONS]
    if known != sorted(known, key=SECTIONS.index):
        yield file.problem(_line(file, known[0]), "The sections are out of order.", f"It is: {', '.join(SECTIONS)}.")


def check_fences(file: GuideFile) -> Iterator[Problem]:
    """Code blocks have a language, known words, and commands that end."""
    seen: set[tuple[str, str]] = set()
    for fence in file.guide.fences:
        if not fence.language:
            yield file.problem(
                fence.line, "The code block has no language.", "Name it behind the backticks, like ```sh."
            )
        yield from _check_words(file, fence, seen)
        if fence.language in _SHELL:
            yield from _check_commands(file, fence)


def _check_words(file: GuideFile, fence: Fence, seen: set[tuple[str, str]]) -> Iterator[Problem]:
    if not fence.words:
        return
    kind = next(iter(fence.words))
    if kind not in _PARTS:
        yield file.problem(fence.line, f"{kind!r} is no kind of machine part.", f"There are: {', '.join(_PARTS)}.")
        return
    languages, words = _PARTS[kind]
    if kind == "symptom":
        words |= file.facts  # given to the diagnosis as its context
    if languages and fence.language not in languages:
        right = " or ".join(sorted(languages))
        yield file.problem(fence.line, f"A {kind} is not written in {fence.language!r}.", f"Write it in {right}.")
    for word in list(fence.words)[1:]:
        if word not in words:
            fix = f"It may have: {', '.join(sorted(words))}." if words else "It has no further words."
            yield file.problem(fence.line, f"A {kind} has no word {word!r}.", fix)
    if (kind, fence.words[kind]) in seen:
        yield file.problem(fence.line, f"There are two of {kind}={fence.words[kind]}.", "Give each its own name.")
    seen.add((kind, fence.words[kind]))
    if kind == "symptom":
        yield from _check_symptom(file, fence)


def _check_symptom(file: GuideFile, fence: Fence) -> Iterator[Problem]:
    causes = [cause.id for cause in file.guide.causes]
    if fence.words.get("cause") not in causes:
        fix = f"Write cause=ID with one of: {', '.join(causes)}."
        yield file.problem(fence.line, "The symptom names no cause of this guide.", fix)
    for need in fence.words.get("needs", "").split(","):
        if need and need not in _NEEDS:
            yield file.problem(fence.line, f"Nobody provides {need!r}.", f"needs= takes: {', '.join(sorted(_NEEDS))}.")


def _check_commands(file: GuideFile, fence: Fence) -> Iterator[Problem]:
    for number, command in enumerate(fence.content.splitlines(), start=fence.line + 1):
        if _ENDLESS.search(command):
            yield file.problem(number, f"This command never ends: {command.strip()}", "Bound it, or take a snapshot.")


def _line(file: GuideFile, section: str) -> int:
    return file.line_of(f"## {section}")
