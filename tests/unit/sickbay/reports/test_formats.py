"""Formats and the names of files that stand for them."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from sickbay.reports.formats import ReportFormat, format_for


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("report.md", ReportFormat.MARKDOWN),
        ("report", ReportFormat.MARKDOWN),
        ("report.HTML", ReportFormat.HTML),
        ("a.b.sarif", ReportFormat.SARIF),
        ("junit.xml", ReportFormat.JUNIT),
        ("report.json", ReportFormat.JSON),
        ("report.txt", ReportFormat.TEXT),
    ],
)
def test_the_name_of_a_file_says_its_format(name: str, form: ReportFormat) -> None:
    assert format_for(PurePath(name)) is form
