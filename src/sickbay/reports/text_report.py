"""The issue report for a terminal: every section, readable at 80 columns and without colors."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from sickbay.reports.issue import Issue, Item, Log, Statement
from sickbay.reports.log_lines import amount, numbered
from sickbay.reports.terminal import indented, placed_evidence, rendered


def text_of(issue: Issue, *, width: int = 80) -> str:
    """Return the report as plain text."""
    page = Console(file=io.StringIO(), width=width, highlight=False, color_system=None, record=True)
    print_issue(issue, page)
    return page.export_text()


def print_issue(issue: Issue, console: Console) -> None:
    """Print the report."""
    for title, parts in _sections(issue):
        console.print(Text(title, style="bold underline"))
        console.print(Group(*parts))
        console.print()
    console.print(Text(f"Made by Sickbay {issue.engine}, {issue.made:%Y-%m-%d %H:%M} UTC.", style="dim"))


def _sections(issue: Issue) -> Iterator[tuple[str, Iterable[RenderableType]]]:
    yield "Problem Description", [indented(f"In {issue.origin}:"), rendered(issue.diagnosis)]
    yield "Environment", _items(issue.environment)
    yield "Steps to Reproduce", _statements(issue.steps)
    yield "Expected Behavior", _statements(issue.expected)
    yield "Actual Behavior", _statements(issue.actual)
    yield "Error Messages", _errors(issue)
    yield "Configuration (sanitized)", _configuration(issue)
    yield "Logs", _logs(issue)


def _items(items: Iterable[Item]) -> Iterator[RenderableType]:
    return (indented(f"{item.name}: {item.value}") for item in items)


def _statements(statements: Iterable[Statement]) -> Iterator[RenderableType]:
    for statement in statements:
        mark = "[Please fill in] " if statement.to_fill_in else ""
        yield indented(f"{mark}{statement.text}")
        if statement.code:
            yield indented(statement.code, depth=2)


def _errors(issue: Issue) -> Iterable[RenderableType]:
    return [placed_evidence(evidence) for evidence in issue.error_lines()] or [indented("None.")]


def _configuration(issue: Issue) -> Iterator[RenderableType]:
    if issue.configuration:
        yield from _items(issue.configuration)
    else:
        yield indented("No facts were given with the text (--context).")
    if issue.variables:
        yield indented(f"Variables that are set here (names only): {', '.join(issue.variables)}")


def _logs(issue: Issue) -> Iterator[RenderableType]:
    if not issue.logs:
        yield indented("There is no text.")
    for log in issue.logs:
        yield from _log(log)


def _log(log: Log) -> Iterator[RenderableType]:
    yield indented(f"{log.source} of {log.origin}: {amount(log)}")
    for line in numbered(log):
        yield indented(line)
