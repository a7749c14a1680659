"""The form of a guide: its sections, and what stands in its code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sickbay.guides.fences import Fence
from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.model import SECTIONS
from sickbay.guides.part_kinds import FUNCTION_WORD, KINDS

_NEEDS = frozenset({"docker", "root", "python", "cgroup", "postgresql", "registry", "user", "disk"})
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
    word = next(iter(fence.words))
    if word not in KINDS:
        yield file.problem(fence.line, f"{word!r} is no kind of machine part.", f"There are: {', '.join(KINDS)}.")
        return
    kind, calls = KINDS[word], FUNCTION_WORD in fence.words
    languages = frozenset({"yaml"}) if calls and kind.function else kind.languages
    if languages and fence.language not in languages:
        right = " or ".join(sorted(languages))
        yield file.problem(fence.line, f"A {word} is not written in {fence.language!r}.", f"Write it in {right}.")
    if fence.section not in kind.sections:
        right = " or ".join(sorted(kind.sections))
        yield file.problem(
            fence.line, f"A {word} belongs elsewhere than under {fence.section!r}.", f"Move it to {right}."
        )
    yield from _check_further_words(file, fence, word)
    yield from _check_name(file, fence, word, seen)
    if word in {"symptom", "reproduce"}:
        yield from _check_script(file, fence, word)


def _check_further_words(file: GuideFile, fence: Fence, kind: str) -> Iterator[Problem]:
    words = KINDS[kind].words | (frozenset({FUNCTION_WORD}) if KINDS[kind].function else frozenset())
    if kind == "symptom":
        words |= file.facts  # given to the diagnosis as its context
    for word in list(fence.words)[1:]:
        if word not in words:
            fix = f"It may have: {', '.join(sorted(words))}." if words else "It has no further words."
            yield file.problem(fence.line, f"A {kind} has no word {word!r}.", fix)


def _check_name(file: GuideFile, fence: Fence, kind: str, seen: set[tuple[str, str]]) -> Iterator[Problem]:
    name = fence.words[kind]
    if not name and kind not in {"symptom", "reproduce"}:
        yield file.problem(fence.line, f"The {kind} has no name.", f"Write {kind}=NAME.")
    if (kind, name) in seen:
        yield file.problem(fence.line, f"There are two of {kind}={name}.", "Give each its own name.")
    seen.add((kind, name))


def _check_script(file: GuideFile, fence: Fence, kind: str) -> Iterator[Problem]:
    causes = [cause.id for cause in file.guide.causes]
    named = fence.words.get("cause")
    if (named is not None and named not in causes) or (named is None and kind == "symptom" and len(causes) > 1):
        fix = f"Write cause=ID with one of: {', '.join(causes)}."
        yield file.problem(fence.line, f"The {kind} names no cause of this guide.", fix)
    for need in fence.words.get("needs", "").split(","):
        if need and need not in _NEEDS:
            yield file.problem(fence.line, f"Nobody provides {need!r}.", f"needs= takes: {', '.join(sorted(_NEEDS))}.")


def _check_commands(file: GuideFile, fence: Fence) -> Iterator[Problem]:
    for number, command in enumerate(fence.content.splitlines(), start=fence.line + 1):
        if _ENDLESS.search(command):
            yield file.problem(number, f"This command never ends: {command.strip()}", "Bound it, or take a snapshot.")


def _line(file: GuideFile, section: str) -> int:
    return file.line_of(f"## {section}")
