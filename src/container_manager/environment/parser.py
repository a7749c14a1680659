"""The third stage: from raw statements to a frozen tree."""

from __future__ import annotations

import re

from container_manager.environment.diagnostics import Findings, Place
from container_manager.environment.directives import DirectiveReader
from container_manager.environment.scanner import RawAssignment, RawDirective, RawStray, scan
from container_manager.environment.source import Source, Span
from container_manager.environment.suggestions import Suggestions
from container_manager.environment.syntax import Assignment, Declaration, Include, Statement, Template
from container_manager.environment.values import read_value

_EXPORT = re.compile(r"export[ \t]+(?=\S)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_YAML = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):(?:[ \t]|$)")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]+")


def parse(source: Source, findings: Findings, suggestions: Suggestions | None = None) -> Template:
    """Return the tree of a text; what is wrong is in ``findings``, and everything that can be read in the tree."""
    parser = _Parser(source, findings, suggestions or Suggestions())
    for raw in scan(source, findings):
        match raw:
            case RawAssignment():
                parser.assignment(raw)
            case RawDirective():
                parser.directive(raw)
            case RawStray():
                parser.stray_line(raw)
    return Template(source=source, statements=tuple(parser.statements), stray=tuple(parser.stray))


class _Parser:
    def __init__(self, source: Source, findings: Findings, suggestions: Suggestions) -> None:
        self._source = source
        self._findings = findings
        self._directives = DirectiveReader(source, findings, suggestions)
        self.statements: list[Statement] = []
        self.stray: list[tuple[str, Span]] = []
        self._assigned: dict[str, Span] = {}
        self._declared: set[str] = set()
        self._included: set[str] = set()
        self._above = ""
        self._is_below_stray = False

    def assignment(self, raw: RawAssignment) -> None:
        """Add an assignment."""
        export = _EXPORT.match(self._source.text, raw.head.start, raw.head.end)
        name_span = Span(start=export.end() if export else raw.head.start, end=raw.head.end)
        name = self._source.part(name_span)
        value = read_value(self._source, raw.value, raw.quote, self._findings)
        if not _NAME.fullmatch(name):
            self._bad_name(name, name_span)
            self.stray.append((name, raw.written))
            if self._is_below_stray:
                self.stray.append((self._above, Span(start=raw.head.start, end=raw.written.end)))
            return
        self._above, self._is_below_stray = name, False
        if name in self._assigned:
            self._duplicate(name, name_span)
        self._assigned[name] = name_span
        self.statements.append(
            Assignment(
                name=name,
                parts=value.parts,
                exported=export is not None,
                whole=raw.whole and value.whole,
                quote=raw.quote,
                name_span=name_span,
                value_span=raw.value,
                written_span=raw.written,
                bare=value.bare,
            )
        )

    def directive(self, raw: RawDirective) -> None:
        """Add a directive."""
        statement = self._directives.read(raw.content)
        match statement:
            case None:
                return
            case Include():
                self._check_include(statement)
            case Declaration(name=name) if name in self._declared:
                place = self._place(statement.name_span)
                fix = "Say everything about it in one place."
                self._findings.warning("duplicate-declaration", place, f"{name} is declared twice.", fix)
            case Declaration(name=name):
                self._declared.add(name)
        self.statements.append(statement)

    def stray_line(self, raw: RawStray) -> None:
        """Tell of a line that is nothing, and what it may have been meant to be."""
        text = self._source.part(raw.content)
        name = _EXPORT.sub("", text, count=1)
        place = self._place(raw.content)
        if yaml := _YAML.match(text):
            self._findings.error("no-assignment", place, "This is no assignment.", f"Write {yaml[1]}=value.")
        elif _NAME.fullmatch(name):
            fix = f"Write {name}= for an empty value, or {name}=${{{name}}} for the one from outside."
            self._findings.error("no-value", place, f"{name} is given no value.", fix)
        else:
            fix = "Write NAME=value, or begin a comment with #."
            if self._above:
                fix = f"If it belongs to the value of {self._above[:60]}, put the whole value in double quotes."
            self._findings.error("no-assignment", place, "This line is no assignment.", fix)
        self.stray.append((self._above, raw.content))
        self._is_below_stray = True

    def _check_include(self, include: Include) -> None:
        place = self._place(include.name_span)
        if self._assigned:
            message = "An include stands after an assignment."
            fix = "Move it to the top: what a template says itself always overrides what it includes."
            self._findings.error("late-include", place, message, fix)
        if include.name in self._included:
            self._findings.warning(
                "duplicate-include", place, f"{include.name} is included twice.", "Remove one of the two."
            )
        self._included.add(include.name)

    def _bad_name(self, name: str, span: Span) -> None:
        place = self._place(span)
        if not name:
            self._findings.error("bad-name", place, "The name is missing.", "Write NAME=value.")
            return
        better = _NOT_IN_NAMES.sub("_", name).strip("_") or "NAME"
        better = f"_{better}" if better[0].isdigit() else better
        message = "This is no variable's name: names have letters A to Z, digits, and '_', and no digit in front."
        self._findings.error("bad-name", place, message, f"Write for example {better[:60]}=value.")

    def _duplicate(self, name: str, span: Span) -> None:
        first = self._source.position(self._assigned[name].start).line
        message = f"{name} is assigned again; line {first} no longer counts."
        self._findings.warning("duplicate-name", self._place(span), message, "Remove one of the two lines.")

    def _place(self, span: Span) -> Place:
        return Place(source=self._source, span=span)
