"""An issue report as a text, in any format."""

from __future__ import annotations

import json
from typing import assert_never

from sickbay.reports.formats import ReportFormat
from sickbay.reports.html_report import html_of
from sickbay.reports.issue import Issue
from sickbay.reports.issue_data import data_of
from sickbay.reports.junit_report import junit_of
from sickbay.reports.markdown_report import markdown_of
from sickbay.reports.sarif_report import sarif_of
from sickbay.reports.text_report import text_of


def written(issue: Issue, form: ReportFormat, *, width: int = 80) -> str:
    """Return the report as a text that ends with a line's end. ``width`` is that of a terminal, for plain text."""
    match form:
        case ReportFormat.MARKDOWN:
            return markdown_of(issue)
        case ReportFormat.TEXT:
            return text_of(issue, width=width)
        case ReportFormat.JSON:
            return json.dumps(data_of(issue), indent=2, ensure_ascii=False) + "\n"
        case ReportFormat.HTML:
            return html_of(issue)
        case ReportFormat.SARIF:
            return json.dumps(sarif_of(issue), indent=2, ensure_ascii=False) + "\n"
        case ReportFormat.JUNIT:
            return junit_of(issue)
        case _:
            assert_never(form)
