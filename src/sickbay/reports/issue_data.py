"""The issue report as plain data: what ``--format json`` prints."""

from __future__ import annotations

from typing import Any

import msgspec

from sickbay.reports.issue import Issue
from sickbay.reports.json_report import plain_report


def data_of(issue: Issue) -> dict[str, Any]:
    """Return the report, ready for ``json.dumps``: the keys of a diagnosis's report, and the sections."""
    return {
        **plain_report(issue.diagnosis, issue.engine),
        "title": issue.title,
        "origin": issue.origin,
        "made": f"{issue.made:%Y-%m-%dT%H:%M:%SZ}",
        "environment": {item.name: item.value for item in issue.environment},
        "steps_to_reproduce": msgspec.to_builtins(issue.steps),
        "expected_behavior": msgspec.to_builtins(issue.expected),
        "actual_behavior": msgspec.to_builtins(issue.actual),
        "error_messages": msgspec.to_builtins(tuple(issue.error_lines())),
        "configuration": dict(issue.facts),
        "variables": list(issue.variables),
        "logs": msgspec.to_builtins(issue.logs),
    }
