"""``sickbay repair``: what would be done about a cause; and doing it, on a person's word, with a way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.guide_guards import guard_command
from sickbay.cli.guide_library import sound_guides_here
from sickbay.cli.repair_inputs import case_named, readings_of
from sickbay.cli.repair_report import (
    finished_report,
    listed_report,
    prepared_report,
    print_report,
    undone_report,
)
from sickbay.cli.repair_sessions import Given, apply_now, dry_run, redactor_of, session_named
from sickbay.cli.repair_undoing import undo_session
from sickbay.cli.repair_view import exit_code_of, print_finished, print_list, print_offer, print_prepared
from sickbay.cli.session_commands import Format
from sickbay.redaction import Redactor
from sickbay.repair.examining import Case, Ending
from sickbay.repair.listing import list_repairs
from sickbay.repair.preparing import Offer, Prepared
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
    output_format: Annotated[Format, typer.Option("--format", help="How the answer is written.")] = Format.TEXT,
) -> int:
    """Show what would be done about a cause; with --apply, do it: backed up, proved, and taken back if that fails."""
    if sum((cause is not None, bool(undo), listed)) != 1:
        raise CommandError("Name a cause, or a session with --undo, or ask for the --list.")
    if cause is None and (environment or session or waive or log):
        raise CommandError("--environment, --session, --waive, and --log belong to a cause.")
    as_json = output_format is Format.JSON
    if listed:
        return _list(as_json=as_json)
    if undo:
        return _undo(undo, inputs or [], apply=apply, as_json=as_json)
    case = case_named(str(cause), folder, inputs or [], log)
    given = Given(session=session, environment=environment, waiver=waive)
    return (_apply if apply else _dry_run)(case, str(cause), given, as_json=as_json)


def _list(*, as_json: bool) -> int:
    outlines = list_repairs(sound_guides_here())
    if as_json:
        print_report(listed_report(outlines), Redactor())
    else:
        print_list(outlines)
    return ExitCode.HEALTHY


def _dry_run(case: Case, wanted: str, given: Given, *, as_json: bool) -> int:
    prepared = dry_run(case, wanted, given, readings_of(case.guide, case.place))
    redactor = redactor_of(case)
    if as_json:
        print_report(prepared_report(prepared, case.guide.slug, session=session_named(given)), redactor)
        return exit_code_of(prepared.examined.ending)
    print_prepared(prepared, case.guide, redactor)
    if prepared.offer is not None:
        how = f"Proposed in session {given.session}. " if given.session else ""
        output.say(f"\nNothing was changed. {how}With --apply you are asked to approve this plan.")
    return exit_code_of(prepared.examined.ending)


def _apply(case: Case, wanted: str, given: Given, *, as_json: bool) -> int:
    redactor = redactor_of(case)

    def shown(found: Prepared) -> None:
        if not as_json:
            print_prepared(found, case.guide, redactor, with_plan=False)

    prepared, finished, session = apply_now(case, wanted, given, readings_of(case.guide, case.place), shown)
    ending = prepared.examined.ending if finished is None else finished.ending
    guard = guard_command(case.guide, case.place.values) if ending is Ending.REPAIRED else ""
    if as_json and finished is None:
        print_report(prepared_report(prepared, case.guide.slug, session=session), redactor)
    elif as_json and finished is not None:
        print_report(finished_report(prepared, case.guide.slug, finished, session=session, guard=guard), redactor)
    elif finished is not None:
        output.say("")
        print_finished(finished, session, redactor, guard=guard)
    return exit_code_of(ending)


def _undo(session: str, inputs: list[str], *, apply: bool, as_json: bool) -> int:
    taken = undo_session(session, inputs, apply=apply, shown=_not_shown if as_json else print_offer)
    if as_json:
        report = undone_report(taken.offer, taken.finished, session=taken.session)
        print_report(report, taken.redactor)
        return int(report["exit_code"])
    if taken.offer is None:
        output.say("Nothing is left to take back: all that was copied is as it was.")
        return ExitCode.HEALTHY
    if taken.finished is None:
        output.say("\nNothing was changed. With --apply you are asked to approve this plan.")
        return exit_code_of(Ending.MATCHED)
    output.say("")
    print_finished(taken.finished, taken.session, taken.redactor)
    return exit_code_of(taken.finished.ending)


def _not_shown(_offer: Offer, _redactor: Redactor) -> None:
    """Print nothing: the report will hold it."""
