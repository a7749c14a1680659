"""Machine parts that are whole: looks with facts, steps with their way back, checks that can fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.modules import module_of
from sickbay.guides.parts import FunctionCall, Script, Step, Verify
from sickbay.signatures.complexity import slow_part

#: What returns 0 and prints whatever it is told, well or not.
_PROVES_NOTHING = frozenset({"true", "echo", "printf", ":", "sleep", "date", "cd"})

#: Texts that a check must not accept all of: a pattern that does says nothing.
_ANYTHING = ("", "x", "error: something else", "0\n1\n2")


def check_parts(file: GuideFile) -> Iterator[Problem]:
    """Check the machine parts one by one; those that cannot be read first."""
    parts = file.guide.parts
    yield from (file.problem(flaw.line, flaw.message, flaw.fix) for flaw in parts.flaws)
    for part in parts.files:
        path = PurePosixPath(part.name)
        if path.is_absolute() or ".." in path.parts or not part.name:
            fix = "Name a relative path without '..'."
            yield file.problem(part.line, f"The file {part.name!r} would lie outside of the lab's folder.", fix)
    yield from _check_probes(file)
    for step in parts.steps:
        yield from _check_step(file, step)
    for verify in parts.verifications:
        yield from _check_verify(file, verify)
    for call in _calls(file):
        yield from _check_call(file, call)


def check_wholeness(file: GuideFile) -> Iterator[Problem]:
    """A guide that the lab can prove has every kind of part; one with ``proof: none`` has none that acts."""
    guide, parts = file.guide, file.guide.parts
    if guide.front.proof == "none":
        for part in parts.acting:
            fix = "Take 'proof: none' out once all parts are there."
            yield file.problem(part.line, "A guide with 'proof: none' only documents and detects.", fix)
        return
    needed: tuple[tuple[str, Iterable[object], str], ...] = (
        ("probe", parts.probes, "Add a 'sh probe=ID' block under Investigation."),
        ("reproduction", parts.reproductions, "Add a 'sh reproduce' block under Evidence."),
        ("verification", parts.verifications, "Add a 'sh verify=ID' block under Verification."),
        ("guard", parts.guards, "Add a 'sh guard=ID' block under Prevention."),
    )
    for name, there, fix in needed:
        if not there:
            yield file.problem(1, f"The guide has no {name}.", f"{fix} Or write 'proof: none'.")
    yield from _check_scripts(file)


def _check_probes(file: GuideFile) -> Iterator[Problem]:
    taken: set[str] = set()
    used = file.names_asked_for
    for probe in file.guide.parts.probes:
        if not probe.facts:
            fix = f"Add a 'yaml facts={probe.id}' block."
            yield file.problem(probe.line, f"No fact is taken from the probe {probe.id!r}.", fix)
        for fact in probe.facts:
            if fact.name in taken or fact.name in file.own_names or fact.name in file.facts:
                yield file.problem(
                    fact.line, f"The name {fact.name!r} is taken already.", "Give the fact its own name."
                )
            taken.add(fact.name)
            if fact.name not in used:
                fix = "Use it in a 'when' of a cause or of escalate, or take it out."
                yield file.problem(fact.line, f"Nothing asks for the fact {fact.name!r}.", fix)
            if fact.value and (slow := slow_part(fact.value)) is not None:
                yield file.problem(fact.line, f"The pattern of {fact.name!r} can take very long: {slow}.", "Bound it.")


def _check_step(file: GuideFile, step: Step) -> Iterator[Problem]:
    causes = file.guide.causes
    if step.effect == "destructive":
        if not step.why:
            yield file.problem(step.line, f"The step {step.id!r} cannot be undone and does not say why.", "Add why=.")
        for cause in causes:
            if step.id in cause.repair:
                message = (
                    f"The step {step.id!r} is destructive, so only a person does it, and {cause.id!r} repairs with it."
                )
                yield file.problem(cause.line, message, "Take it out of repair: and say it under escalate:.")
        return
    if step.undo is None:
        fix = f"Add a block 'sh undo={step.id}' with its way back."
        yield file.problem(step.line, f"The step {step.id!r} has no undo.", fix)
    if all(step.id not in cause.repair for cause in causes):
        yield file.problem(step.line, f"No cause repairs with the step {step.id!r}.", "Name it in a repair:.")
    if ".." in PurePosixPath(step.backup).parts:
        yield file.problem(step.line, f"backup={step.backup} leaves its folder.", "Name the file itself.")


def _check_verify(file: GuideFile, verify: Verify) -> Iterator[Problem]:
    if verify.expect is None:
        fix = f"Add a block 'text expect={verify.id}' with what it prints when all is well."
        yield file.problem(verify.line, f"The verification {verify.id!r} expects nothing.", fix)
        return
    if isinstance(verify.action, tuple) and verify.action[0].program in _PROVES_NOTHING:
        message = f"{verify.action[0].program!r} says the same well or not, so it proves nothing."
        yield file.problem(verify.line, message, "Look at what was repaired.")
    expected = verify.expect.text.strip()
    if not expected or _accepts_anything(expected, verify.expect.match):
        fix = "Say what it prints only when all is well."
        yield file.problem(verify.expect.line, "What is expected here fits anything, so it proves nothing.", fix)


def _accepts_anything(expected: str, match: str) -> bool:
    if match == "glob":
        return not expected.strip("*?\n ")
    if match != "regex":
        return False
    try:
        return all(re.search(expected, text, re.MULTILINE) for text in _ANYTHING[1:])
    except re.error:
        return True


def _check_scripts(file: GuideFile) -> Iterator[Problem]:
    """Every cause has a reproduction with a symptom, or Evidence says in words why not."""
    guide, parts = file.guide, file.guide.parts
    built = {script.name for script in parts.reproductions}
    for symptom in parts.symptoms:
        if symptom.name not in built and parts.reproductions:
            fix = f"Add 'sh reproduce={symptom.name}', or take the symptom out." if symptom.name else "Name both alike."
            yield file.problem(symptom.line, "The symptom has no reproduction.", fix)
    shown = {_cause_of(file, symptom) for symptom in parts.symptoms if symptom.name in built}
    for cause in guide.causes:
        if cause.id not in shown and f"`{cause.id}`" not in guide.sections.get("Evidence", ""):
            fix = "Add 'sh reproduce=NAME' and 'sh symptom=NAME', or say under Evidence why it cannot be built."
            yield file.problem(cause.line, f"The cause {cause.id!r} has no reproduction with a symptom.", fix)
    for name in sorted(built - {symptom.name for symptom in parts.symptoms}):
        line = next(script.line for script in parts.reproductions if script.name == name)
        yield file.problem(line, "The reproduction shows no symptom.", f"Add 'sh symptom={name}'.".replace("=' ", " "))


def _cause_of(file: GuideFile, symptom: Script) -> str:
    causes = file.guide.causes
    return symptom.cause or (causes[0].id if len(causes) == 1 else "")


def _calls(file: GuideFile) -> Iterator[FunctionCall]:
    parts = file.guide.parts
    for action in (*(script.action for script in parts.reproductions), *(part.action for part in parts.acting)):
        if isinstance(action, FunctionCall):
            yield action


def _check_call(file: GuideFile, call: FunctionCall) -> Iterator[Problem]:
    """The function stands beside the guide, or a folder above, and takes what it is given. It is read, not imported."""
    home = module_of(file.guide.path, call.module)
    for name in sorted(call.inputs - set(file.guide.front.inputs)):
        yield file.problem(call.line, f"${name} is no input of this guide.", "Describe it under inputs:.")
    try:
        body = ast.parse(home.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError) as error:
        yield file.problem(call.line, f"{home.name} cannot be read beside the guide: {error}.", "Write that file.")
        return
    functions = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == call.function]
    if not functions:
        yield file.problem(call.line, f"{home.name} has no function {call.function!r}.", "Write it, not async.")
        return
    arguments = functions[0].args
    takes = {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)}
    for name in sorted(set(call.arguments) - takes if arguments.kwarg is None else ()):
        fix = f"It takes: {', '.join(sorted(takes)) or 'nothing'}."
        yield file.problem(call.line, f"{call.function!r} takes no argument {name!r}.", fix)
