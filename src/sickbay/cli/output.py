"""The only way out of the command line: what is written to a terminal, a pipe, or an error stream passes the sink.

Reports are hidden as a whole before they are laid out (``json_report.report_of``), because a line that was wrapped does
not show what it held. This is the net below, for everything else; what is hidden already passes as it is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from rich.console import Console
from rich.text import Text

from sickbay.redaction import Redactor


class SinkStream:
    """A text stream that hides secrets in each piece before it goes on to ``stream``.

    It is no ``io`` class: one flushes as it is taken away, and an interrupt that came then would be lost.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redactor = Redactor()

    @property
    def encoding(self) -> str:
        """The encoding of what is behind it."""
        return self._stream.encoding

    def write(self, text: str) -> int:
        """Hide and write; return how much was given."""
        self._stream.write(_still_json(text, self._redactor.text(text), self._redactor))
        return len(text)

    def flush(self) -> None:
        """Hand over what was written."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Return whether a person is looking."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor behind it."""
        return self._stream.fileno()


def _still_json(text: str, shown: str, redactor: Redactor) -> str:
    """Return what is shown; where that broke a JSON document, the document with its values hidden one by one.

    A quote within a value may look like its end to who reads the document as a text.
    """
    if shown == text or not text.startswith(("{", "[")):
        return shown
    try:
        document = json.loads(text)
    except ValueError:
        return shown
    try:
        json.loads(shown)
    except ValueError:
        indent = 2 if "\n" in text.strip() else None
        return json.dumps(redactor.value(document), indent=indent) + text[len(text.rstrip()) :]
    return shown


def stdout() -> TextIO:
    """Return the way to standard output."""
    return cast("TextIO", SinkStream(sys.stdout))


def stderr() -> TextIO:
    """Return the way to standard error."""
    return cast("TextIO", SinkStream(sys.stderr))


def console() -> Console:
    """Return a Rich console on standard output."""
    return Console(file=stdout(), highlight=False)


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """Show on standard error, where that is a terminal, that something goes on; what is given then says how far."""
    with Console(file=stderr(), highlight=False).status(f"{what} …") as status:
        yield lambda text: status.update(Text(f"{what}: {text}"))


def say(text: str) -> None:
    """Write a line to standard output."""
    stdout().write(f"{text}\n")


def write_document(text: str) -> None:
    """Write a document to standard output, in UTF-8. It was made from data that passed the sink as a whole."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


def write_answer(text: str) -> None:
    """Write a document of one line, and hand it over at once. Hiding in JSON could take the quote behind a secret."""
    write_document(f"{text}\n")
    sys.stdout.buffer.flush()


def write_file(path: Path, text: str) -> None:
    """Write such a document to a file, whole or not at all: what stood there before stays until it is complete.

    Raises ``OSError``.
    """
    if path.exists() and not path.is_file():  # a pipe, a terminal
        path.write_text(text, encoding="utf-8")
        return
    begun = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with begun.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)
