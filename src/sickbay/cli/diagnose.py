"""Diagnosing one case, or many: what was given decides which."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sickbay.cli import output
from sickbay.cli.batch import run_batch
from sickbay.cli.exits import CommandError
from sickbay.cli.guide_library import engine_here
from sickbay.cli.inputs import is_bundle_file, opened_lines
from sickbay.cli.one_case import Wanted, diagnose_one
from sickbay.cli.report import ContextOption, source_of
from sickbay.reports.formats import ReportFormat


def diagnose(  # noqa: PLR0913, PLR0917  (typer makes an option of each)
    file: Annotated[str | None, typer.Argument(help="A text to diagnose; '-', or nothing, for standard input.")] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="ID", help="Diagnose a container job.")] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="NAME", help="Diagnose an executor host.")] = None,
    context: ContextOption = None,
    output_format: Annotated[
        ReportFormat, typer.Option("--format", help="How the answer is written.")
    ] = ReportFormat.TEXT,
    batch: Annotated[
        str | None,
        typer.Option("--batch", metavar="CASES.jsonl", help='Many cases: one {"id", "text", "context"} a line.'),
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Add the reasoning: every cause that something spoke for, and its weight.")
    ] = False,
    look: Annotated[
        bool, typer.Option("--look", help="Run the looks of the guides that compete, confined, and decide by them.")
    ] = False,
    machine: Annotated[
        bool, typer.Option("--machine", help="Diagnose this machine, and the project in --folder.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="The project's folder; without it the current one.")
    ] = None,
) -> int:
    """Say why something failed: a log, a program's output, a test run, a container job."""
    if why and (batch is not None or output_format not in {ReportFormat.TEXT, ReportFormat.JSON}):
        raise CommandError("--why goes with --format text; json holds the reasoning always.")
    if sum((*(given is not None for given in (file, job, host, batch)), machine)) > 1:
        raise CommandError("FILE, --job, --host, --machine, and --batch exclude each other.")
    if machine and (why or context is not None):
        raise CommandError("--machine goes with --look, --folder, and --format alone.")
    if look and (batch is not None or is_bundle_file(file)):
        raise CommandError("--look asks this machine, as it is now: not for a bundle, nor for many cases.")
    if folder is not None and not look and not machine:
        raise CommandError("--folder says where --look and --machine look.")
    if machine:
        return _diagnose_machine(folder, output_format, look=look)
    if batch is not None:
        return _diagnose_batch(batch)
    return diagnose_one(
        Wanted(
            file=file,
            source=source_of(job=job, host=host),
            context=context,
            output_format=output_format,
            why=why,
            look=look,
            folder=folder,
        )
    )


def _diagnose_machine(folder: Path | None, output_format: ReportFormat, *, look: bool) -> int:
    from sickbay.cli.machine import diagnose_machine  # noqa: PLC0415  (a plain diagnosis needs none)

    return diagnose_machine(folder, output_format, look=look)


def _diagnose_batch(file: str) -> int:
    with opened_lines(file) as lines:
        return run_batch(lines, engine_here(), output.write_answer, output.stderr())
