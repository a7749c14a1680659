"""Reports for the faces, which do not know the engine."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from sickbay.diagnosis.verdict import Diagnosis
from sickbay.reports.json_report import diagnosis_of
from sickbay.reports.terminal import print_diagnosis


def print_report(report: Mapping[str, object], console: Console | None = None, *, show_looked_at: bool = False) -> None:
    """Print a stored report (``Diagnosis.report``) or a live one (``explain_pending``) as ``sickbay diagnose`` does.

    Prints to standard output unless a console is given. ``show_looked_at`` also lists what was looked at where there is
    no verdict, as for a job that simply waits. An empty report prints as healthy.
    """
    diagnosis = diagnosis_of(report) if report else Diagnosis(verdicts=(), looked_at=())
    print_diagnosis(diagnosis, console or Console(highlight=False), show_looked_at=show_looked_at)
