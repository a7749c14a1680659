"""``sickbay report``: a diagnosis with all that a maintainer asks for, in the format that fits."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from sickbay.cli.exits import CommandError, exit_code_of
from sickbay.cli.guide_library import engine_here
from sickbay.cli.inputs import context_from_file, facts_from_file, facts_from_source
from sickbay.diagnosis.verdict import Diagnosis
from sickbay.facts.model import Facts
from sickbay.facts.text import MOST_BYTES
from sickbay.reports.case import Case
from sickbay.reports.formats import ReportFormat, format_for
from sickbay.runner import Engine

ContextOption = Annotated[Path | None, typer.Option("--context", help="Facts that go with the text, a JSON object.")]

#: A text of at most so many bytes is held whole, to show the lines around the evidence.
MOST_REPORTED_BYTES = 256 * 1024 * 1024


def report(  # noqa: PLR0913, PLR0917  (each is an option of the command)
    file: Annotated[str | None, typer.Argument(help="A text to report; '-', or nothing, for standard input.")] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="ID", help="Report a container job.")] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="NAME", help="Report an executor host.")] = None,
    context: ContextOption = None,
    output_format: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="How it is written; without it what the output's name says, else markdown."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write to this file; '-' for standard output.")
    ] = None,
) -> int:
    """Write an issue report: the diagnosis with environment, steps, facts, and logs, and without secrets."""
    if output is not None and str(output) == "-":
        output = None
    source = source_of(job=job, host=host)
    if output is not None:
        _refuse_inputs(output, [*([file] if source is None else []), *([str(context)] if context else [])])
    case = case_given(file, source, context, most_bytes=MOST_REPORTED_BYTES)
    form = output_format or (ReportFormat.MARKDOWN if output is None else format_for(output))
    write_report(case, form, output)
    return exit_code_of(case.diagnosis)


Source = tuple[str, str]
"""Where a case comes from that is no text: the entry point's name, and what it is called there."""

Weigh = Callable[[Engine, Facts], tuple[Facts, Diagnosis]]
"""How a case is diagnosed: with what it is known by afterwards."""


def source_of(**given: str | None) -> Source | None:
    """Return the one that was given, by the name of its entry point. Raises :class:`CommandError` for several."""
    sources = [(name, identifier) for name, identifier in given.items() if identifier is not None]
    if len(sources) > 1:
        raise CommandError(f"{' and '.join(f'--{name}' for name, _ in sources)} exclude each other.")
    return sources[0] if sources else None


def weigh_alone(engine: Engine, facts: Facts) -> tuple[Facts, Diagnosis]:
    """Diagnose with what is given, and ask nothing more."""
    return facts, engine.diagnose(facts)


def case_given(
    file: str | None,
    source: Source | None,
    context: Path | None,
    *,
    most_bytes: int = MOST_BYTES,
    weigh: Weigh = weigh_alone,
) -> Case:
    """Read what the user points at, and diagnose it. Of a text that is longer than ``most_bytes`` no line is kept."""
    if file is not None and source is not None:
        raise CommandError(f"FILE and --{source[0]} exclude each other.")
    facts = facts_from_file(file, most_bytes=most_bytes) if source is None else facts_from_source(*source)
    if context is not None:
        facts = facts.merged(context_from_file(context))
    engine = engine_here()
    facts, diagnosis = weigh(engine, facts)
    return Case(
        facts=facts,
        diagnosis=diagnosis,
        guides=engine.guides,
        origin=_origin(file, source),
        again=_again(file, source, context),
        uris=_uris(facts, file, source),
    )


def write_report(case: Case, form: ReportFormat, output: Path | None = None) -> None:
    """Write a case's report to a file, or to standard output. Raises :class:`CommandError`."""
    from sickbay.cli import report_writing  # noqa: PLC0415  (takes long to import, and a plain diagnosis needs none)

    report_writing.write_report(case, form, output)


def _origin(file: str | None, source: Source | None) -> str:
    if source is not None:
        return " ".join(source)
    return "standard input" if file in {None, "-"} else str(file)


def _again(file: str | None, source: Source | None, context: Path | None) -> str:
    """Return the command that shows the diagnosis again; a text that was piped in is gone."""
    facts = [] if context is None else ["--context", str(context)]
    if source is not None:
        name, identifier = source
        return shlex.join(["sickbay", "diagnose", f"--{name}", identifier, *facts])
    return "" if file in {None, "-"} else shlex.join(["sickbay", "diagnose", str(file), *facts])


def _uris(facts: Facts, file: str | None, source: Source | None) -> dict[str, str]:
    if source is not None:
        return {text.name: quote(f"{'-'.join(source)}/{text.name}") for text in facts.texts}
    uri = "standard-input" if file is None or file == "-" else _uri_of(Path(file))
    return {text.name: uri for text in facts.texts}


def _uri_of(path: Path) -> str:
    """Return a file's name for programs: relative to the current folder where it lies below, as CI systems expect."""
    if path.is_absolute():
        if not path.is_relative_to(Path.cwd()):
            return path.as_uri()
        path = path.relative_to(Path.cwd())
    return quote(path.as_posix())


def _refuse_inputs(output: Path, inputs: list[str | None]) -> None:
    """Refuse an output that is one of the inputs; an input without a name is standard input."""
    for given in inputs:
        if output.exists() and os.path.samestat(output.stat(), _status(given)):
            raise CommandError(f"{output} is what is reported; the report needs another file.")


def _status(given: str | None) -> os.stat_result:
    try:
        return os.fstat(sys.stdin.fileno()) if given in {None, "-"} else Path(str(given)).stat()
    except OSError as error:
        raise CommandError(f"Cannot read {given}: {error.strerror or error}.") from error
