"""The formats of an issue report, and what each is for."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import PurePath
from typing import assert_never

from sickbay.reports.html_report import html_of
from sickbay.reports.issue import Issue
from sickbay.reports.issue_data import data_of
from sickbay.reports.junit_report import junit_of
from sickbay.reports.markdown_report import markdown_of
from sickbay.reports.sarif_report import sarif_of
from sickbay.reports.text_report import text_of


class ReportFormat(StrEnum):
    """How a report is written."""

    MARKDOWN = "markdown"
    TEXT = "text"
    JSON = "json"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"


_SUFFIXES = {
    ".md": ReportFormat.MARKDOWN,
    ".markdown": ReportFormat.MARKDOWN,
    ".txt": ReportFormat.TEXT,
    ".json": ReportFormat.JSON,
    ".html": ReportFormat.HTML,
    ".htm": ReportFormat.HTML,
    ".sarif": ReportFormat.SARIF,
    ".xml": ReportFormat.JUNIT,
}


def format_for(path: PurePath) -> ReportFormat:
    """Return the format that a file's name stands for, Markdown where it stands for none."""
    return _SUFFIXES.get(path.suffix.lower(), ReportFormat.MARKDOWN)


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
