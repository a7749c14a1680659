"""The formats of an issue report, and what each is for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath


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
