"""``sickbay guide guard``: the checks of a guide that a project puts into its CI, so that a fault never comes back."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.guide_library import FolderOption, guide_named, known_guides
from sickbay.cli.repair_inputs import place_here, values_for
from sickbay.cli.repair_sessions import redactor_of
from sickbay.guides.answers import CommandAnswer
from sickbay.guides.commands import InputError
from sickbay.guides.model import Guide
from sickbay.guides.parts import Guard
from sickbay.investigation.acting import NOT_STARTED, TIMED_OUT, act
from sickbay.investigation.alarms import Alarms
from sickbay.investigation.calling import BROKEN
from sickbay.redaction import Redactor
from sickbay.repair.command_lines import as_one, shown_lines
from sickbay.repair.examining import Case
from sickbay.repair.listing import inputs_of
from sickbay.safety.cleaning import printable

SECONDS = 300.0
"""The longest that one guard may take."""

#: Exit codes that say that nobody answered.
_NO_ANSWER = frozenset({BROKEN, NOT_STARTED, TIMED_OUT})


def guard_project(
    slug: Annotated[str, typer.Argument(metavar="GUIDE", help="A guide, or one of its causes.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=VALUE", help="An input of the guide; a secret one also as NAME=@FILE."),
    ] = None,
    folder: FolderOption = None,
) -> int:
    """Check in the current folder that a guide's fault is not back: its guards, for a project's CI.

    They run as you: with your rights and variables, unconfined. They check, and change nothing.
    """
    guide = guide_named(slug, known_guides(folder))
    if not guide.parts.guards:
        raise CommandError(f"{guide.slug} has no guard.")
    case = Case(guide=guide, place=place_here(Path.cwd(), values_for(guide, inputs or []), Alarms()))
    redactor = redactor_of(case)
    codes = [_guarded(case, guard, redactor) for guard in guide.parts.guards]
    return next((code for code in (ExitCode.PROBLEMS, ExitCode.NOT_MEASURED) if code in codes), ExitCode.HEALTHY)


def guard_command(guide: Guide, values: Mapping[str, str]) -> str:
    """Return the command that checks from now on, with these inputs; empty where the guide has no guard."""
    if not guide.parts.guards:
        return ""
    command = ["sickbay", "guide", "guard", guide.slug]
    for name in sorted({name for guard in guide.parts.guards for name in inputs_of(guard.action)} & set(values)):
        command += ["--input", f"{name}={'@FILE' if guide.front.inputs[name].secret else values[name]}"]
    return shlex.join(command)


def _guarded(case: Case, guard: Guard, redactor: Redactor) -> ExitCode:
    """Run a guard and say what came of it."""
    try:
        line = as_one(shown_lines(case.guide, guard.action, case.place.values))
        answer = act(case.guide, guard.action, case.place, seconds=SECONDS)
    except InputError as error:
        raise CommandError(f"{error}.") from error
    code = _meaning(answer)
    lines = [f"{_WORDS[code]}  {guard.id}: {line}"]
    if code is not ExitCode.HEALTHY:
        lines += [f"  {told}" for told in (answer.output + answer.errors).splitlines() if told.strip()]
        lines.append(f"  exit code {answer.exit_code}")
    output.say("\n".join(map(printable, redactor.together(lines))))
    return code


_WORDS = {ExitCode.HEALTHY: "OK", ExitCode.PROBLEMS: "FAIL", ExitCode.NOT_MEASURED: "NOT MEASURED"}


def _meaning(answer: CommandAnswer) -> ExitCode:
    if answer.exit_code == 0:
        return ExitCode.HEALTHY
    return ExitCode.NOT_MEASURED if answer.exit_code in _NO_ANSWER else ExitCode.PROBLEMS
