"""Making a report of a case here and now, and writing it where it is wanted."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from sickbay.cli import output
from sickbay.cli.exits import CommandError
from sickbay.reports.assembly import issue_of
from sickbay.reports.case import Case, Surroundings
from sickbay.reports.environment import environment, telling_variables
from sickbay.reports.formats import ReportFormat
from sickbay.reports.rendering import written
from sickbay.reports.text_report import print_issue


def write_report(case: Case, form: ReportFormat, to: Path | None = None) -> None:
    """Write a case's report to a file, or to standard output. Raises :class:`CommandError`."""
    surroundings = Surroundings(
        made=datetime.datetime.now(datetime.UTC),
        environment=environment(),
        variables=telling_variables(os.environ),
    )
    issue = issue_of(case, case.guides, surroundings, case.redactor)
    if to is None and form is ReportFormat.TEXT:
        print_issue(issue, output.console())
    elif to is None:
        output.write_document(written(issue, form))
    else:
        try:
            output.write_file(to, written(issue, form))
        except OSError as error:
            raise CommandError(f"Cannot write {to}: {error.strerror or error}.") from error
