"""A preflight for a person: one line where all is well, else what is wrong first. Readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from sickbay.reports.characters import counted
from sickbay.reports.terminal import indented
from sickbay.safety.outcome import State

Check = dict[str, Any]

_STYLES = {"problem": "bold red", "warning": "bold yellow", "unanswered": "bold magenta"}


def rendered_report(report: dict[str, Any], *, show_all: bool = False) -> RenderableType:
    """Return a report whose secrets are hidden already as something Rich can print."""
    parts: list[RenderableType] = [_headline(report)]
    for check in _counted(report, "problem") + _counted(report, "warning"):
        parts += [Text(), *_failure(check)]
    if unanswered := _unanswered(report):
        parts += [Text(), *_silent(unanswered, report["checks"])]
    if report["needs_a_person"]:
        detail = "More than half of the checks have no answer: whoever runs this machine has to look."
        parts += [Text(), Text(detail, style=_STYLES["unanswered"])]
    if known := [check for check in report["checks"] if _is_accepted(check)]:
        parts += [Text(), *_known(known)]
    if show_all:
        parts += [Text(), _Trimmed(_table(report["checks"]))]
    return Group(*parts)


@dataclass(frozen=True)
class _Trimmed:
    """A table without blanks at the ends of its lines, so that it can be copied."""

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.table, options, pad=False):
            yield Text("".join(segment.text for segment in line).rstrip())


def _is_accepted(check: Check) -> bool:
    return bool(check["accepted"] and check["accepted"]["in_force"])


def _counted(report: dict[str, Any], severity: str) -> list[Check]:
    return [each for each in report["checks"] if each["severity"] == severity and not _is_accepted(each)]


def _unanswered(report: dict[str, Any]) -> list[Check]:
    states = {str(State.NOT_MEASURED), str(State.INCONCLUSIVE)}
    return [each for each in report["checks"] if each["state"] in states and not _is_accepted(each)]


def _headline(report: dict[str, Any]) -> Text:
    counts = [
        counted(report[key], noun) for key, noun in (("problems", "problem"), ("warnings", "warning")) if report[key]
    ]
    if report["unanswered"]:
        counts.append(f"{report['unanswered']} without an answer")
    if report["accepted"]:
        counts.append(f"{report['accepted']} accepted")
    took = f"{counted(len(report['checks']), 'check')} in {report['seconds']:.1f} s"
    if report["healthy"]:
        return Text(f"Healthy: {', '.join([took, *counts])}.", style="green")
    return Text(f"{', '.join(counts)} ({took})", style="bold")


def _failure(check: Check) -> Iterator[RenderableType]:
    yield Text(f"{check['severity'].upper()} {check['check']}: {check['detail']}", style=_style(check))
    yield from (indented(line) for line in check["evidence"])
    if check["accepted"]:
        yield indented(f"({check['accepted']['why_not']})")
    if check["advice"]:
        yield indented(f"What helps: {check['advice']}")
    if check["guide"]:
        yield indented(f"More: sickbay guide show {check['guide']}")


def _style(check: Check) -> str:
    return _STYLES[check["severity"]]


def _silent(checks: Sequence[Check], everything: Sequence[Check]) -> Iterator[RenderableType]:
    yield Text("Without an answer", style=_STYLES["unanswered"])
    sick = {check["check"] for check in everything if check["state"] != str(State.OK)}
    following = [check for check in checks if check["follows"] in sick]
    for check in checks:
        if check in following:
            continue
        yield indented(f"{check['check']}: {_state(check)}, {check['detail']}")
        for line in check["evidence"]:
            yield indented(line, depth=2)
        if check["advice"]:
            yield indented(f"What helps: {check['advice']}", depth=2)
    for first in dict.fromkeys(check["follows"] for check in following):
        names = ", ".join(check["check"] for check in following if check["follows"] == first)
        yield indented(f"{names}: not measured, as long as {first} is not well")


def _state(check: Check) -> str:
    return check["state"] if check["reason"] is None else f"{check['state']} ({check['reason']})"


def _known(checks: Sequence[Check]) -> Iterator[RenderableType]:
    yield Text("Accepted, and not counted", style="bold")
    for check in checks:
        said = check["accepted"]
        yield indented(f"{check['check']}: {check['detail']} (until {said['until']}: {said['reason']})")


def _table(checks: Sequence[Check]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("STATE", no_wrap=True)
    table.add_column("CHECK", no_wrap=True)
    table.add_column("FOUND", overflow="fold", ratio=1)
    table.add_column("TOOK", no_wrap=True, justify="right")
    for check in checks:
        state = "accepted" if _is_accepted(check) else check["severity"] or check["state"]
        table.add_row(state, check["check"], Text(check["detail"]), f"{check['seconds']:.2f} s")
    return table
