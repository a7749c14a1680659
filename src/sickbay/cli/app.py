"""The commands, as thin faces: what the user gave goes in, one call, the answer comes out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import sickbay
from sickbay.cli import output
from sickbay.cli.batch import run_batch
from sickbay.cli.bundle import bundle
from sickbay.cli.doctor import doctor
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.guide_commands import guide_app
from sickbay.cli.guide_library import engine_here
from sickbay.cli.inputs import is_bundle_file, opened_lines
from sickbay.cli.one_case import Wanted, diagnose_one
from sickbay.cli.repair import repair
from sickbay.cli.report import ContextOption, report, source_of
from sickbay.cli.session_commands import session_app
from sickbay.reports.formats import ReportFormat

app = typer.Typer(
    name="sickbay",
    help="Say why something failed, and prove it.",
    epilog="Exit codes: 0 healthy, 1 problems found, 2 warnings only, 3 could not measure or unknown, 4 wrong use.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(guide_app, name="guide")
app.command()(doctor)
app.command()(report)
app.command()(bundle)
app.command()(repair)
app.add_typer(session_app, name="session")


def main() -> None:
    """Run one command and leave with its exit code."""
    try:
        code = app(standalone_mode=False)
    except CommandError as error:
        _complain(str(error))
        code = error.code
    except typer.Abort:
        code = 130
    except typer.TyperException as error:
        _complain(error.format_message(), hint="Try 'sickbay --help'.")
        code = ExitCode.WRONG_USE
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = _closed_pipe()
    sys.exit(_flushed(code))


def _flushed(code: object) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    return code if isinstance(code, int) else ExitCode.HEALTHY


def _closed_pipe() -> int:
    """End in silence, as a program does that SIGPIPE ended: nobody reads any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


def _complain(message: str, *, hint: str = "") -> None:
    if not message.startswith("Usage:"):  # the help itself, where nothing was asked for
        message = f"sickbay: {message}\n{hint}".rstrip()
    output.stderr().write(f"{message}\n")


def _show_version(wanted: bool) -> None:
    if wanted:
        output.say(f"sickbay {sickbay.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    pass


@app.command()
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
