"""A test run as JUnit XML, like that of ``pytest --junitxml``: every test case that failed becomes a text of its own.

It is read piece by piece, in bounded memory. A document type and entities are refused: no test run has them, and they
are how a small file grows without end or names other files.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import BinaryIO

from sickbay.facts.model import Fact, Facts, TextSource
from sickbay.facts.text import text_source

#: Bytes in which it is recognized.
BEGINNING = 4096

#: Characters of one part of a test case that are kept of its beginning, and as many of its end.
KEPT_OF_ONE = 64 * 1024

#: Test cases, and bytes of all of them together, that become texts. Those beyond are counted alone.
MOST_CASES = 2000
MOST_OF_ALL = 16 * 1024 * 1024

#: Bytes that may lie between two events of the parser: it holds a tag as a whole.
_LONGEST_TAG = 8 * 1024 * 1024

_BLOCK = 64 * 1024
_LONGEST_NAME = 200

_LARGEST_DEPTH = 64
_MOST_PARTS = 50

# What may stand before the first element: a byte order mark, the declaration, comments. Nothing is tried twice.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?>(?><\?.*?\?>|<!--.*?-->)\s*+)*+", re.DOTALL)
_ROOT = re.compile(rb"<testsuites?[\s/>]")

# pytest writes what XML cannot hold as ``#x1B``.
_ESCAPED_CONTROL = re.compile(r"#x1B(?=\[)")

_BROKEN = frozenset({"failure", "error"})
_PARTS = _BROKEN | {"system-out", "system-err"}


class InvalidJUnitError(ValueError):
    """This is no whole JUnit file, or one that is refused. The message says why."""


def is_junit(beginning: bytes) -> bool:
    """Say whether a file that begins so is a test run as JUnit XML."""
    prolog = _PROLOG.match(beginning)
    start = prolog.end() if prolog else 0
    if beginning.startswith(b"<!DOCTYPE", start):  # to be refused by name
        return _ROOT.search(beginning, start) is not None
    return _ROOT.match(beginning, start) is not None


def facts_from_junit(stream: BinaryIO) -> Facts:
    """Read a test run: how many cases ran and failed, and what was said by each that failed, or could not be set up.

    Each text is named by its test, and holds what failed, then what was captured. Raises :class:`InvalidJUnitError`.
    """
    from xml.parsers import expat  # noqa: PLC0415  (most texts are none, and need no parser)

    run = _Run()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = run.start
    parser.EndElementHandler = run.end
    parser.CharacterDataHandler = run.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_entity
    given = 0
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)
            given += len(block)
            if given - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG:
                raise InvalidJUnitError(f"a single tag is longer than {_LONGEST_TAG // (1024 * 1024)} MB")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InvalidJUnitError(f"it is no whole XML: {error}") from error
    return run.facts()


def _refuse_doctype(*_: object) -> None:
    raise InvalidJUnitError("it declares a document type, which no test run needs")


def _refuse_entity(*_: object) -> None:
    raise InvalidJUnitError("it declares an entity, which no test run needs")


class _Kept:
    """The beginning and the end of a text that comes in pieces."""

    def __init__(self) -> None:
        self._head = ""
        self._tail: deque[str] = deque()
        self._tail_length = self._left_out = 0

    def add(self, piece: str) -> None:
        room = KEPT_OF_ONE - len(self._head)
        self._head += piece[:room]
        if rest := piece[room:]:
            self._tail.append(rest)
            self._tail_length += len(rest)
        while self._tail and self._tail_length - len(self._tail[0]) >= KEPT_OF_ONE:
            dropped = len(self._tail.popleft())
            self._tail_length -= dropped
            self._left_out += dropped

    def text(self) -> str:
        gap = f"\n[… {self._left_out} characters left out …]\n" if self._left_out else ""
        return f"{self._head}{gap}{''.join(self._tail)}"


class _Case:
    """A test case that is being read."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        place = attributes.get("file") or attributes.get("classname") or ""
        name = " ".join(f"{place}::{attributes.get('name', '')}".split()).strip(":") or "a test without a name"
        self.name = name[:_LONGEST_NAME]
        self.is_broken = False
        self._said: list[tuple[bool, str, _Kept]] = []

    def begin(self, part: str, attributes: Mapping[str, str]) -> None:
        self.is_broken |= part in _BROKEN
        if len(self._said) < _MOST_PARTS:  # what comes behind goes on with the last one
            self._said.append((part in _BROKEN, attributes.get("message", "")[:KEPT_OF_ONE], _Kept()))

    def add(self, piece: str) -> None:
        self._said[-1][2].add(piece)

    def text(self) -> str:
        """Return what failed, and then what was captured. A message that the text repeats is left out."""
        parts = []
        for _, message, kept in sorted(self._said, key=lambda said: not said[0]):
            text = kept.text()
            first = message.strip().partition("\n")[0]
            parts += [part.strip("\n") for part in ("" if first in text else message, text)]
        return _ESCAPED_CONTROL.sub("\x1b", "\n".join(part for part in parts if part) + "\n")


class _Run:
    """A test run that is being read."""

    def __init__(self) -> None:
        self._texts: dict[str, TextSource] = {}
        self._bytes = self._ran = self._failed = self._depth = 0
        self._case: _Case | None = None
        self._part_depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _LARGEST_DEPTH:
            raise InvalidJUnitError("its elements are nested too deeply")
        if name == "testcase" and self._case is None:
            self._case = _Case(attributes)
            self._ran += 1
        elif self._case is not None and name in _PARTS and not self._part_depth:
            self._case.begin(name, attributes)
            self._part_depth = self._depth

    def end(self, name: str) -> None:
        if self._part_depth == self._depth:
            self._part_depth = 0
        self._depth -= 1
        if name == "testcase" and self._case is not None and not self._part_depth:
            case, self._case = self._case, None
            if case.is_broken:
                self._failed += 1
                self._keep(case)

    def characters(self, piece: str) -> None:
        if self._case is not None and self._part_depth:
            self._case.add(piece)

    def _keep(self, case: _Case) -> None:
        if len(self._texts) >= MOST_CASES or self._bytes >= MOST_OF_ALL:
            return
        name, number = case.name, 2
        while name in self._texts:  # another run of it, or the end of the same test
            name, number = f"{case.name} ({number})", number + 1
        text = text_source(name, case.text().encode("utf-8", "replace"))
        self._texts[name] = text
        self._bytes += len(text.data)

    def facts(self) -> Facts:
        counts = {"tests_run": self._ran, "tests_failed": self._failed}
        values = {name: Fact(name=name, value=value, source="junit") for name, value in counts.items()}
        return Facts(values=values, texts=tuple(self._texts.values()))
