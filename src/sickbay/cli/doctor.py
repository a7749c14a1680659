"""``sickbay doctor``: is this machine, and the project around the current folder, ready for work."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from sickbay.checks.accepting import (
    FILE,
    Accepted,
    InvalidAcceptedError,
    acceptances,
    accepted_in,
    check_until,
    with_another,
)
from sickbay.checks.examination import Examination, examine
from sickbay.checks.project import place_of
from sickbay.checks.running import Progress, Result
from sickbay.cli import output
from sickbay.cli.doctor_report import Report, hidden, report_of_examination
from sickbay.cli.doctor_view import rendered_report
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.session_commands import Format
from sickbay.redaction import Redactor
from sickbay.safety.outcome import State


def doctor(
    show_all: Annotated[
        bool, typer.Option("--all", "--why", help="Show every check with what it found and how long that took.")
    ] = False,
    accept: Annotated[
        str | None,
        typer.Option("--accept", metavar="CHECK", help="Do not count what this check finds now, for a time."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The last day of that, like 2027-01-31.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it is accepted.")] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How the answer is written.")] = Format.TEXT,
) -> int:
    """Look whether this machine and this project are ready: engine, disk, memory, Python, Django, workers, hosts.

    Nothing is changed, but for the file that --accept writes. A healthy installation prints one line.
    """
    today = datetime.now(UTC).date()
    wish = _wish(accept, until, reason, today)
    place = place_of(Path.cwd(), dict(os.environ))
    with output.working("Looking") as tell:
        found = examine(place, today=today, told=lambda progress: tell(_told(progress)))
    if wish is not None:
        found = _accepted(found, place.folder / FILE, wish, today)
    _show(found, output_format, show_all=show_all)
    return exit_code_of(found)


def doctor_here(folder: Path) -> Report:
    """Return what a preflight finds around a folder, as ``--format json`` prints it, without secrets."""
    found = examine(place_of(folder, dict(os.environ)), today=datetime.now(UTC).date())
    return hidden(report_of_examination(found, int(exit_code_of(found))))


def _show(found: Examination, output_format: Format, *, show_all: bool) -> None:
    report = hidden(report_of_examination(found, int(exit_code_of(found))))
    if output_format is Format.JSON:
        output.say(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        output.console().print(rendered_report(report, show_all=show_all))


def _told(progress: Progress) -> str:
    waited_for = ", ".join(progress.waited_for)
    return f"{progress.answered} answered; waiting for {waited_for}" if waited_for else "adding up"


def exit_code_of(found: Examination) -> ExitCode:
    """Return what a preflight means for the shell."""
    if found.problems:
        return ExitCode.PROBLEMS
    if found.unanswered:
        return ExitCode.NOT_MEASURED
    return ExitCode.WARNINGS if found.warnings else ExitCode.HEALTHY


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What is to be accepted."""

    check: str
    until: date
    reason: str


def _wish(accept: str | None, until: str | None, reason: str | None, today: date) -> _Wish | None:
    """Return what the three options ask for together. Raises ``CommandError`` unless all are right."""
    if accept is None and until is None and reason is None:
        return None
    if accept is None or until is None or reason is None or not reason.strip():
        raise CommandError("--accept CHECK, --until DATE, and --reason TEXT belong together.")
    try:
        day = date.fromisoformat(until)
        check_until(day, today)
    except InvalidAcceptedError as error:
        raise CommandError(f"--until: {error}.") from error
    except ValueError as error:
        raise CommandError(f"--until {until}: write a day like 2027-01-31.") from error
    return _Wish(check=accept, until=day, reason=Redactor().text(" ".join(reason.split())))


def _accepted(found: Examination, path: Path, wish: _Wish, today: date) -> Examination:
    """Write the acceptance of what a check has just found, and return what that leaves. Raises ``CommandError``."""
    result = _acceptable(found, wish.check)
    text = _text_of(path)
    try:
        before = accepted_in(text)
        entry = Accepted(check=wish.check, found=result.finding.kind, until=wish.until, reason=wish.reason)
        output.write_file(path, with_another(text, entry))
    except InvalidAcceptedError as error:
        raise CommandError(f"{path} is left as it is: {error}.", ExitCode.PROBLEMS) from error
    except OSError as error:
        raise CommandError(f"Cannot write {path}: {error.strerror or error}.", ExitCode.NOT_MEASURED) from error
    output.stderr().write(f"sickbay: {wish.check} is accepted until {wish.until}, in {path}\n")
    said = acceptances(found.results, (*before, entry), today)
    return Examination(results=found.results, seconds=found.seconds, accepted=said)


def _acceptable(found: Examination, check: str) -> Result:
    known = {result.id: result for result in found.results}
    if check not in known:
        raise CommandError(f"There is no check {check!r} here. There are: {', '.join(known)}.")
    if known[check].finding.outcome.state is State.OK:
        raise CommandError(f"{check} is well: there is nothing to accept.")
    follows = known[check].finding.follows
    if follows in known and known[follows].finding.outcome.state is not State.OK:
        raise CommandError(f"{check} only follows from {follows}: accept that, and it is accepted too.")
    return known[check]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeError) as error:
        raise CommandError(f"Cannot read {path}: {error}.", ExitCode.NOT_MEASURED) from error
