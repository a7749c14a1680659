"""``sickbay repair``: what would be done about a cause; and doing it, on a person's word, with a way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.guide_library import sound_guides_here
from sickbay.cli.repair_inputs import case_named, readings_of
from sickbay.cli.repair_sessions import Given, apply_now, dry_run, redactor_of
from sickbay.cli.repair_undoing import undo_session
from sickbay.cli.repair_view import exit_code_of, print_finished, print_list, print_offer, print_prepared
from sickbay.repair.examining import Case, Ending
from sickbay.repair.listing import list_repairs
from sickbay.safety.effects import Environment


def repair(  # noqa: PLR0913, PLR0917  (each parameter is an option of the command)
    cause: Annotated[str | None, typer.Argument(metavar="CAUSE", help="A cause, or its guide.")] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Carry it out, after you have approved the plan at this terminal.")
    ] = False,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=VALUE", help="An input of the guide; a secret one also as NAME=@FILE."),
    ] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where the steps act.")] = Path(),
    environment: Annotated[
        Environment | None, typer.Option("--environment", help="What the target is for; unsaid, production.")
    ] = None,
    session: Annotated[
        str, typer.Option("--session", help="A session to be on record in; 'last' for the latest.")
    ] = "",
    waive: Annotated[
        str, typer.Option("--waive", metavar="REASON", help="Why production goes without a passed run elsewhere.")
    ] = "",
    log: Annotated[
        str | None, typer.Option("--log", metavar="FILE", help="A text in which the symptoms are looked for.")
    ] = None,
    undo: Annotated[str, typer.Option("--undo", metavar="SESSION", help="Take back what a session's repair did.")] = "",
    listed: Annotated[
        bool, typer.Option("--list", help="List the causes that have a repair, the mildest first.")
    ] = False,
) -> int:
    """Show what would be done about a cause; with --apply, do it: backed up, proved, and taken back if that fails."""
    if sum((cause is not None, bool(undo), listed)) != 1:
        raise CommandError("Name a cause, or a session with --undo, or ask for the --list.")
    if cause is None and (environment or session or waive or log):
        raise CommandError("--environment, --session, --waive, and --log belong to a cause.")
    if listed:
        print_list(list_repairs(sound_guides_here()))
        return ExitCode.HEALTHY
    if undo:
        return _undo(undo, inputs or [], apply=apply)
    case = case_named(str(cause), folder, inputs or [], log)
    given = Given(session=session, environment=environment, waiver=waive)
    return _apply(case, str(cause), given) if apply else _dry_run(case, str(cause), given)


def _dry_run(case: Case, wanted: str, given: Given) -> int:
    prepared = dry_run(case, wanted, given, readings_of(case.guide, case.place))
    print_prepared(prepared, case.guide, redactor_of(case))
    if prepared.offer is not None:
        how = f"Proposed in session {given.session}. " if given.session else ""
        output.say(f"\nNothing was changed. {how}With --apply you are asked to approve this plan.")
    return exit_code_of(prepared.examined.ending)


def _apply(case: Case, wanted: str, given: Given) -> int:
    redactor = redactor_of(case)
    prepared, finished, session = apply_now(
        case,
        wanted,
        given,
        readings_of(case.guide, case.place),
        lambda found: print_prepared(found, case.guide, redactor, with_plan=False),
    )
    if finished is None:
        return exit_code_of(prepared.examined.ending)
    output.say("")
    print_finished(finished, session, redactor)
    return exit_code_of(finished.ending)


def _undo(session: str, inputs: list[str], *, apply: bool) -> int:
    taken = undo_session(session, inputs, apply=apply, shown=print_offer)
    if taken.offer is None:
        output.say("Nothing is left to take back: all that was copied is as it was.")
        return ExitCode.HEALTHY
    if taken.finished is None:
        output.say("\nNothing was changed. With --apply you are asked to approve this plan.")
        return exit_code_of(Ending.MATCHED)
    output.say("")
    print_finished(taken.finished, taken.session, taken.redactor)
    return exit_code_of(taken.finished.ending)
