"""The program: what the user gave goes to one command, and its exit code comes out."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

import sickbay
from sickbay.cli import output
from sickbay.cli.commands import Commands
from sickbay.cli.exits import CommandError, ExitCode

app = typer.Typer(
    name="sickbay",
    cls=Commands,
    help="Say why something failed, and prove it.",
    epilog="Exit codes: 0 healthy, 1 problems found, 2 warnings only, 3 could not measure or unknown, 4 wrong use.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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
