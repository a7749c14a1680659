"""The commands, as thin faces: what the user gave goes in, one call, the answer comes out."""

from __future__ import annotations

import json
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
from sickbay.cli.exits import CommandError, ExitCode, exit_code_of
from sickbay.cli.guide_commands import guide_app
from sickbay.cli.guide_library import engine_here
from sickbay.cli.inputs import opened_lines
from sickbay.cli.repair import repair
from sickbay.cli.report import MOST_REPORTED_BYTES, ContextOption, case_given, report, write_report
from sickbay.cli.session_commands import session_app
from sickbay.facts.text import MOST_BYTES
from sickbay.reports.formats import ReportFormat
from sickbay.reports.json_report import diagnosis_of, report_of
from sickbay.reports.terminal import print_diagnosis

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
) -> int:
    """Say why something failed: a log, a program's output, a test run, a container job."""
    if why and (batch is not None or output_format not in {ReportFormat.TEXT, ReportFormat.JSON}):
        raise CommandError("--why goes with --format text; json holds the reasoning always.")
    if sum(given is not None for given in (file, job, batch)) > 1:
        raise CommandError("FILE, --job, and --batch exclude each other.")
    if batch is not None:
        return _diagnose_batch(batch)
    return _diagnose_one(file, job, context, output_format, why=why)


def _diagnose_batch(file: str) -> int:
    with opened_lines(file) as lines:
        return run_batch(lines, engine_here(), output.stdout(), output.stderr())


def _diagnose_one(
    file: str | None, job: str | None, context: Path | None, output_format: ReportFormat, *, why: bool
) -> int:
    shows_lines = output_format not in {ReportFormat.TEXT, ReportFormat.JSON}
    case = case_given(file, job, context, most_bytes=MOST_REPORTED_BYTES if shows_lines else MOST_BYTES)
    if shows_lines:
        write_report(case, output_format)
        return exit_code_of(case.diagnosis)
    answer = report_of(case.diagnosis, case.redactor)
    if output_format is ReportFormat.TEXT:
        print_diagnosis(diagnosis_of(answer), output.console(), why=why)
    else:
        output.say(json.dumps(answer, indent=2, ensure_ascii=False))
    return exit_code_of(case.diagnosis)
