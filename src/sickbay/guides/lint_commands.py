"""Commands that do no more than their part may: looks that look, steps that delete nothing, all of them ending."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from sickbay.guides import command_dangers as dangers
from sickbay.guides.command_reading import why_not_read_only
from sickbay.guides.commands import Command
from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.parts import Action, FunctionCall, Step

_PLACEHOLDER = re.compile(
    r"(?:YOUR_\w+|NAME|IMAGE|CONTAINER|PATH|FILE|HOST|USER|SOURCE|TARGET|ID|TAG|VALUE|PORT|URL|DIR|DIRECTORY|FOLDER|PROJECT"
    r"|SERVICE|NETWORK|VOLUME|COMMAND|SCRIPT|DATABASE)(?![A-Za-z_-])|<[a-z][\w -]*>|\{\w+\}$|(?:\.\.\.|…)$"
)


def check_commands(file: GuideFile) -> Iterator[Problem]:
    """Check every command of every machine part."""
    parts = file.guide.parts
    for probe in parts.probes:
        yield from _checked(file, probe.action, _look)
    for verify in parts.verifications:
        yield from _checked(file, verify.action, _check)
    for guard in parts.guards:
        yield from _checked(file, guard.action, _check)
    for step in parts.steps:
        yield from _check_step(file, step)
        if step.undo is not None:
            yield from _check_undo(file, step.undo.action)
    for part in parts.acting:
        if isinstance(part.action, tuple):
            yield from _check_any(file, part.action)


def _texts(command: Command) -> list[str]:
    """Return the arguments as texts; an input stands for itself, like ``$NAME``."""
    return [f"{word.text}${word.input}" if word.input else word.text for word in command.words]


def _checked(
    file: GuideFile, action: Action, check: Callable[[GuideFile, Command, Sequence[str]], Iterator[Problem]]
) -> Iterator[Problem]:
    if not isinstance(action, FunctionCall):
        for command in action:
            yield from check(file, command, _texts(command))


def _look(file: GuideFile, command: Command, words: Sequence[str]) -> Iterator[Problem]:
    if why := why_not_read_only(words):
        fix = "Use a command that only reads, or a Python function beside the guide."
        yield file.problem(command.line, f"A probe may change nothing, and {why}: {command.source}", fix)


def _check(file: GuideFile, command: Command, words: Sequence[str]) -> Iterator[Problem]:
    if why := dangers.why_writing(words):
        fix = "Check with a command that leaves everything as it is; changes belong into steps."
        yield file.problem(command.line, f"A check may change nothing, and {why}: {command.source}", fix)


def _check_step(file: GuideFile, step: Step) -> Iterator[Problem]:
    if isinstance(step.action, FunctionCall):
        return
    if not step.backup:
        yield from _check_overwriting(file, step.action)
    for command in step.action:
        words = _texts(command)
        if dangers.is_deleting(words):
            if target := dangers.protected_target(words):
                message = f"Logs, databases, and configuration are never deleted, and this does: {target}"
                yield file.problem(command.line, message, "Move it aside with 'mv', so that nothing is lost.")
            elif step.effect != "destructive":
                message = f"This deletes for good, and the step says effect={step.effect}: {command.source}"
                fix = "Move it aside with 'mv', or write effect=destructive and why=, and leave it to a person."
                yield file.problem(command.line, message, fix)
        if dangers.changes_in_place(words) and not step.backup and step.effect != "destructive":
            fix = "Write backup=PATH with the file that it changes."
            yield file.problem(command.line, f"What was in the file is lost: {command.source}", fix)


def _check_undo(file: GuideFile, action: Action) -> Iterator[Problem]:
    """An undo may remove one file only right after ``cmp`` has shown that it still is the copy that was made."""
    if isinstance(action, FunctionCall):
        return
    yield from _check_overwriting(file, action)
    before: list[str] = []
    for command in action:
        words = _texts(command)
        is_own_copy = words[0] == "rm" and len(words) == 2 and before[:1] == ["cmp"] and before[-1] == words[-1]
        if dangers.is_deleting(words) and not is_own_copy:
            message = f"This undo deletes, so it may lose what was written since: {command.source}"
            fix = "Move it aside with 'mv', or compare first: 'cmp ORIGINAL COPY', then 'rm COPY'."
            yield file.problem(command.line, message, fix)
        before = words


def _check_overwriting(file: GuideFile, commands: Sequence[Command]) -> Iterator[Problem]:
    """A copy or a move goes where ``test ! -e`` has just shown that nothing is."""
    free: set[str] = set()
    for command in commands:
        words = _texts(command)
        if words[:3] == ["test", "!", "-e"]:
            free.update(words[3:4])
        target = dangers.overwritten(words)
        if target and target not in free:
            message = f"This writes over {target!r}, or into it if it is a folder: {command.source}"
            yield file.problem(command.line, message, f"Put 'test ! -e {target}' before it, or write backup={target}.")


def _check_any(file: GuideFile, commands: Sequence[Command]) -> Iterator[Problem]:
    for command in commands:
        words = _texts(command)
        if code := dangers.why_code(words):
            message = f"There is no shell, and no program in an argument: {code} in {command.source}"
            yield file.problem(command.line, message, "Write plain commands, or a Python function beside the guide.")
        if asking := dangers.why_asking(words):
            fix = "Use a form of it that asks nothing."
            yield file.problem(command.line, f"Nobody is there to answer: {asking}: {command.source}", fix)
        if dangers.is_endless(words):
            fix = "Bound it, or take a snapshot."
            yield file.problem(command.line, f"This command never ends: {command.source}", fix)
        yield from _check_placeholders(file, command, words)


def _check_placeholders(file: GuideFile, command: Command, words: Sequence[str]) -> Iterator[Problem]:
    inputs = file.guide.front.inputs
    for name in sorted(command.inputs - set(inputs)):
        fix = "Describe it in the front matter: inputs: NAME: {pattern: …}."
        yield file.problem(command.line, f"${name} is no input of this guide: {command.source}", fix)
    for word in words[1:]:
        if word in inputs or (_PLACEHOLDER.match(word) and words[0] != "printenv"):
            fix = f"Write ${word} and describe it under inputs:." if word.isidentifier() else "Write it as $NAME."
            yield file.problem(command.line, f"The placeholder {word!r} is no input: {command.source}", fix)
