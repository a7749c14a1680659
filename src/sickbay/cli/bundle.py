"""``sickbay bundle``: a case in one file without secrets, for somebody else; and two of them compared."""

from __future__ import annotations

import datetime
import os
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.report import MOST_REPORTED_BYTES, ContextOption, case_given, source_of
from sickbay.facts.model import TextSource
from sickbay.facts.text import read_text_source
from sickbay.reports.bundle.archive import InvalidBundleError, packed, unpacked
from sickbay.reports.bundle.assembly import bundle_of
from sickbay.reports.bundle.comparing import Difference, differences
from sickbay.reports.bundle.contents import Bundle, Step
from sickbay.reports.case import Case, Surroundings
from sickbay.reports.characters import counted, shortened
from sickbay.reports.environment import environment, telling_variables

_WIDTH = 80

#: Texts that are listed: each failed test of a run is one.
_MOST_TEXTS = 20

#: What of a preflight is counted where it is shown in a line.
_COUNTS = {
    "problems": "with a problem",
    "warnings": "with a warning",
    "unanswered": "without an answer",
    "accepted": "accepted",
}

_Result = TypeVar("_Result")


def bundle(  # noqa: PLR0913, PLR0917  (each is an option of the command)
    file: Annotated[str | None, typer.Argument(help="A text; '-', or nothing, for standard input.")] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="ID", help="A container job.")] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="NAME", help="An executor host.")] = None,
    context: ContextOption = None,
    added: Annotated[
        list[Path] | None, typer.Option("--add", metavar="FILE", help="Put this file in, too; may be repeated.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--output", help="The file to write.")] = None,
    no_doctor: Annotated[bool, typer.Option("--no-doctor", help="Leave out what 'sickbay doctor' finds here.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    diff: Annotated[
        tuple[Path, Path] | None, typer.Option("--diff", metavar="BEFORE AFTER", help="Compare two bundles.")
    ] = None,
) -> int:
    """Put a case into one file without secrets, to be diagnosed elsewhere. It shows what will be in it first."""
    if diff is not None:
        if any(given is not None for given in (file, job, host, context, added, to)):
            raise CommandError("--diff compares two bundles, and takes nothing else.")
        return _compare(*diff)
    made = datetime.datetime.now(datetime.UTC)
    read = partial(case_given, file, source_of(job=job, host=host), context, most_bytes=MOST_REPORTED_BYTES)
    collected = _collected(read, added or [], made, with_doctor=not no_doctor)
    target = to or Path(f"sickbay-bundle-{made:%Y%m%d-%H%M%S}.zip")
    for line in _contents(collected, target):
        output.say(line)
    missing = any(step.outcome != "ok" for step in collected.steps)
    if not yes and not _is_wanted(target):
        output.say("Nothing was written.")
        return ExitCode.HEALTHY
    _write(target, packed(collected))
    output.say(f"Written: {target}. Diagnose it anywhere: sickbay diagnose {target}")
    return ExitCode.NOT_MEASURED if missing else ExitCode.HEALTHY


class _Collector:
    """Collects one thing after the other, and records of each when it began, how long it took, and what came of it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def collect(self, name: str, collect: Callable[[], _Result]) -> _Result | None:
        """Return what is collected, and nothing where it cannot be read: its step says why."""
        began, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
        result, outcome = None, "ok"
        try:
            result = collect()
        except OSError as error:
            outcome = f"not measured: {error.strerror or error}"
        self.steps.append(Step(name=name, began=began, seconds=round(time.monotonic() - clock, 3), outcome=outcome))
        return result


def _collected(
    read: Callable[[], Case], added: Sequence[Path], made: datetime.datetime, *, with_doctor: bool
) -> Bundle:
    collector = _Collector()
    case = collector.collect("the case and its diagnosis", read)
    if case is None:
        raise CommandError(f"There is no case to collect: {collector.steps[-1].outcome}.", ExitCode.NOT_MEASURED)
    texts = [collector.collect(f"the file {path}", partial(_added, path)) for path in added]
    surroundings = Surroundings(
        made=made,
        environment=collector.collect("this machine", environment) or {},
        variables=collector.collect("names of variables", lambda: telling_variables(os.environ)) or [],
    )
    doctor = collector.collect("what sickbay doctor finds here", _doctor) if with_doctor else None
    return bundle_of(case, surroundings, collector.steps, [text for text in texts if text is not None], doctor=doctor)


def _doctor() -> Mapping[str, Any]:
    from sickbay.cli.doctor import doctor_here  # noqa: PLC0415  (comparing two bundles needs none)

    with output.working("Looking"):
        return doctor_here(Path.cwd())


def _added(path: Path) -> TextSource:
    with path.open("rb") as stream:
        text = read_text_source(f"added {path.name}", stream, most_bytes=MOST_REPORTED_BYTES)
        return TextSource(name=text.name, data=text.data)


def _contents(collected: Bundle, target: Path) -> list[str]:
    """Say what will be in a bundle, and what could not be collected."""
    lines = [f"What will be in {target}, without secrets:"]
    for text in collected.texts[:_MOST_TEXTS]:
        kept = text.line_count - text.lines_left_out
        amount = counted(kept, "line") if not text.lines_left_out else f"{kept:,} of {counted(text.line_count, 'line')}"
        lines.append(f"  text     {shortened(text.name, longest=40)}: {amount}")
    if len(collected.texts) > _MOST_TEXTS:
        lines.append(f"  text     and {counted(len(collected.texts) - _MOST_TEXTS, 'more text')}")
    lines.append(f"  facts    {', '.join(fact.name for fact in collected.facts) or 'none'}")
    lines.append(f"  machine  {', '.join(collected.environment)}")
    lines.append(f"  names    of {counted(len(collected.variables), 'variable')}, without values")
    causes = ", ".join(verdict["cause"] for verdict in collected.report["verdicts"])
    lines.append(f"  doctor   {_doctor_in_short(collected.doctor)}")
    lines.append(f"  verdict  {causes or 'nothing is wrong'}")
    lines += [f"Not collected: {step.name}: {step.outcome}" for step in collected.steps if step.outcome != "ok"]
    return [line for given in lines for line in _wrapped(given)]


def _doctor_in_short(doctor: Mapping[str, Any] | None) -> str:
    if doctor is None:
        return "left out"
    counts = [f"{doctor[name]} {word}" for name, word in _COUNTS.items() if doctor[name]]
    return ", ".join([counted(len(doctor["checks"]), "check"), *(counts or ["all well"])])


def _wrapped(line: str) -> list[str]:
    indent = " " * 11 if line.startswith("  ") else "  "
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_long_words=False) or [""]


def _is_wanted(target: Path) -> bool:
    if not sys.stdin.isatty():
        output.say("Say --yes to write it.")
        return False
    return typer.confirm(f"Write {target}?", default=False)


def _write(target: Path, content: bytes) -> None:
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandError(f"{target} exists already: name another file with --output.") from error
    except OSError as error:
        raise CommandError(f"Cannot write {target}: {error.strerror}.") from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _compare(before: Path, after: Path) -> int:
    found = differences(_read(before), _read(after))
    if not found:
        output.say("Nothing differs but numbers and times.")
        return ExitCode.HEALTHY
    heading = ""
    for difference in found:
        if difference.heading != heading:
            heading = difference.heading
            output.say(heading.capitalize())
        output.say(_told(difference))
    return ExitCode.PROBLEMS


def _told(difference: Difference) -> str:
    before, after = shortened(difference.before, longest=200), shortened(difference.after, longest=200)
    match before, after:
        case "", _:
            return f"  + {difference.name}: {after}"
        case _, "":
            return f"  - {difference.name}: {before}"
        case _:
            return f"    {difference.name}: {before} -> {after}"


def _read(path: Path) -> Bundle:
    try:
        return unpacked(path)
    except OSError as error:
        raise CommandError(f"Cannot read {path}: {error.strerror or error}.") from error
    except InvalidBundleError as error:
        raise CommandError(f"{error}.") from error
