"""The preflight of a machine and a project: readings in, findings out."""

from sickbay.checks.check import ENTRY_POINTS, Check, Place
from sickbay.checks.finding import Finding, Severity, problem, unclear, unmeasured, warning, well

__all__ = [
    "ENTRY_POINTS",
    "Check",
    "Finding",
    "Place",
    "Severity",
    "problem",
    "unclear",
    "unmeasured",
    "warning",
    "well",
]
