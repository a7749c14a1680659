"""Making a report of a case here and now, and writing it where it is wanted."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

from rich.console import Console

from sickbay.cli.exits import CommandError
from sickbay.redaction import Redactor
from sickbay.reports.assembly import issue_of
from sickbay.reports.case import Case, Surroundings
from sickbay.reports.environment import environment, telling_variables
from sickbay.reports.formats import ReportFormat
from sickbay.reports.rendering import written
from sickbay.reports.text_report import print_issue


def write_report(case: Case, form: ReportFormat, output: Path | None = None) -> None:
    """Write a case's report to a file, or to standard output. Raises :class:`CommandError`."""
    surroundings = Surroundings(
        made=datetime.datetime.now(datetime.UTC),
        environment=environment(),
        variables=telling_variables(os.environ),
    )
    issue = issue_of(case, case.guides, surroundings, Redactor())
    if output is not None:
        _write_file(output, written(issue, form))
    elif form is ReportFormat.TEXT:
        print_issue(issue, Console(highlight=False))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(written(issue, form).encode())


def _write_file(output: Path, text: str) -> None:
    """Write the whole report or nothing: what stood there before stays until the new one is complete."""
    begun = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        if output.exists() and not output.is_file():  # a pipe, a terminal
            output.write_text(text, encoding="utf-8")
            return
        try:
            with begun.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            begun.replace(output)
        finally:
            begun.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"Cannot write {output}: {error.strerror or error}.") from error
