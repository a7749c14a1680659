"""What the user points at, as facts."""

from __future__ import annotations

import sys
from io import BufferedReader
from pathlib import Path

import msgspec

from sickbay.cli.exits import CommandError, ExitCode
from sickbay.facts.context import InvalidContextError, facts_from_context
from sickbay.facts.junit_xml import BEGINNING, InvalidJUnitError, facts_from_junit, is_junit
from sickbay.facts.model import Fact, Facts, TextSource
from sickbay.facts.source import CaseNotFoundError, SourceError
from sickbay.facts.text import MOST_BYTES, read_text_source
from sickbay.reports.bundle.archive import InvalidBundleError, is_bundle, unpacked
from sickbay.reports.bundle.assembly import facts_of

SOURCES = "sickbay.sources"
"""The entry points by which other packages hand over cases: a name, and ``load(identifier: str) -> Facts``."""


def facts_from_file(file: str | None, *, most_bytes: int = MOST_BYTES) -> Facts:
    """Read a file, or standard input for ``-`` and for nothing. Of what is longer than ``most_bytes`` a part stays."""
    if file is None and sys.stdin.isatty():
        raise CommandError(
            "Nothing to diagnose: name a file, or pipe a text in, like\n"
            "  sickbay diagnose job.log\n"
            "  docker logs web 2>&1 | sickbay diagnose"
        )
    stream = _opened(file)  # a long text is read on while it is looked through
    if file not in {None, "-"} and stream.seekable() and is_bundle(stream):
        stream.close()
        return _facts_from_bundle(Path(str(file)))
    if is_junit(stream.peek(BEGINNING)):
        return _facts_from_junit(file, stream)
    text = read_text_source("text", stream, most_bytes=most_bytes)
    if isinstance(text, TextSource):
        stream.close()
    return Facts(texts=(text,))


def is_bundle_file(file: str | None) -> bool:
    """Say whether what the user points at is a bundle: a case from another machine, or another day."""
    if file is None or not Path(file).is_file():
        return False
    with _opened(file) as stream:
        return is_bundle(stream)


def _facts_from_bundle(path: Path) -> Facts:
    try:
        return facts_of(unpacked(path))
    except InvalidBundleError as error:
        raise CommandError(f"{error}.") from error


def facts_from_source(source: str, identifier: str) -> Facts:
    """Load a case through the entry point ``source``."""
    from importlib.metadata import entry_points  # noqa: PLC0415  (takes long to import, and most calls need none)

    found = list(entry_points(group=SOURCES, name=source))
    if not found:
        raise CommandError(f"--{source} needs a package that brings the source {source!r}, and none is installed.")
    try:
        facts = found[0].load()(identifier)
    except CaseNotFoundError as error:
        raise CommandError(str(error)) from error
    except SourceError as error:
        raise CommandError(str(error), ExitCode.NOT_MEASURED) from error
    if not isinstance(facts, Facts):
        raise CommandError(f"the source {source!r} answered with {type(facts).__name__}, not with facts")
    return facts


def _facts_from_junit(file: str | None, stream: BufferedReader) -> Facts:
    with stream:
        try:
            return facts_from_junit(stream)
        except InvalidJUnitError as error:
            raise CommandError(f"{file or '-'} looks like JUnit XML, and is not read: {error}.") from error


def context_from_file(path: Path) -> list[Fact]:
    """Read facts that stand in a JSON object."""
    with _opened(str(path)) as stream:
        raw = stream.read()
    try:
        return facts_from_context(msgspec.json.decode(raw, type=dict[str, object]))
    except InvalidContextError as error:
        raise CommandError(f"{path}: {error}") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise CommandError(f"{path} is no JSON object of facts: {error}") from error


def opened_lines(file: str) -> BufferedReader:
    """Open a file, or standard input for ``-``, to be read line by line."""
    return _opened(file)


def _opened(file: str | None) -> BufferedReader:
    if file is None or file == "-":
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error.strerror or error}.") from error
