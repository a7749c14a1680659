"""``sickbay diagnose`` for one case: read, diagnosed, with looks where they are wanted, and shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sickbay.cli import output
from sickbay.cli.exits import exit_code_of
from sickbay.cli.report import MOST_REPORTED_BYTES, Source, case_given, weigh_alone, write_report
from sickbay.facts.text import MOST_BYTES
from sickbay.reports.formats import ReportFormat
from sickbay.reports.json_report import diagnosis_of, report_of
from sickbay.reports.terminal import print_diagnosis

if TYPE_CHECKING:
    from sickbay.cli.looking import Looking


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the options ask for."""

    file: str | None
    source: Source | None
    context: Path | None
    output_format: ReportFormat
    why: bool
    look: bool
    folder: Path | None


def diagnose_one(wanted: Wanted) -> int:
    """Diagnose one case and show the answer. Raises ``CommandError``."""
    shows_lines = wanted.output_format not in {ReportFormat.TEXT, ReportFormat.JSON}
    looking = _looking(wanted)
    case = case_given(
        wanted.file,
        wanted.source,
        wanted.context,
        most_bytes=MOST_REPORTED_BYTES if shows_lines else MOST_BYTES,
        weigh=looking or weigh_alone,
    )
    code = exit_code_of(case.diagnosis)
    if shows_lines:
        write_report(case, wanted.output_format)
        return code
    answer = report_of(case.diagnosis, case.redactor)
    if looking is not None:
        from sickbay.cli.looking_view import looks_of, rendered_looks  # noqa: PLC0415  (a plain diagnosis needs none)

        answer["looks"] = looks_of(looking.asked, case.redactor)
    if wanted.output_format is ReportFormat.JSON:
        output.say(json.dumps(answer, indent=2, ensure_ascii=False))
        return code
    print_diagnosis(diagnosis_of(answer), output.console(), why=wanted.why)
    if looking is not None:
        output.console().print(rendered_looks(answer["looks"]))
    return code


def _looking(wanted: Wanted) -> Looking | None:
    if not wanted.look:
        return None
    from sickbay.cli.looking import Looking  # noqa: PLC0415  (a plain diagnosis needs none)

    return Looking(wanted.folder or Path())
