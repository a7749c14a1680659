"""What must hold of every text, however broken: shared by the property-based tests and the fuzzer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from container_manager.environment.compiler import Compilation, compile_template
from container_manager.environment.diagnostics import Findings
from container_manager.environment.given import Given
from container_manager.environment.includes import MappingLibrary
from container_manager.environment.parser import parse
from container_manager.environment.reading import read_source
from container_manager.environment.rendering import render
from container_manager.environment.showing import show
from container_manager.environment.source import Source, Span
from container_manager.environment.syntax import Declaration, Include, Part, Reference, Statement, Template

SECRET = "hunter2-hunter2"
LIBRARY = MappingLibrary({"base": "A=base\nB=${A}${C:-}\n#@ include web\n", "web": "PW=1\n#@ include base\n"})
GIVENS = (
    Given(),
    Given(complete=False),
    Given(overrides={"A": "over", "PORT": "10s"}, outside={"C": "out"}, secrets={"PW": "stored"}),
)


def everything_holds(text: str) -> None:
    """Fail where a text breaks a promise of the compiler."""
    tree = _tree(text)
    _spans_lie_in_the_text(tree)
    for given in GIVENS:
        compilation = compile_template("fuzzed", text, library=LIBRARY, given=given)
        _problems_can_be_shown(compilation)
        _variables_can_be_given(compilation)
        assert compilation == compile_template("fuzzed", text, library=LIBRARY, given=given), "not the same twice"
    _reads_back(text)


def _tree(text: str) -> Template:
    findings = Findings()
    return parse(read_source("fuzzed", text, findings), findings)


def _reads_back(text: str) -> None:
    """A tree without errors, written and read again, is the same; and written again, the same text."""
    findings = Findings()
    tree = parse(read_source("fuzzed", text, findings), findings)
    if any(problem.severity == "error" for problem in findings.diagnostics({})):
        return
    written = render(tree)
    again = _tree(written)
    assert again == tree, written
    assert render(again) == written


def _spans_lie_in_the_text(tree: Template) -> None:
    for span in _spans(tree):
        assert 0 <= span.start <= span.end <= len(tree.source.text), span
    for statement in tree.statements:
        assert tree.source.part(statement.name_span) == statement.name
        if not isinstance(statement, Include | Declaration):
            for part in statement.parts:
                _part_is_where_it_says(tree.source, part)


def _part_is_where_it_says(source: Source, part: Part) -> None:
    if isinstance(part, Reference):
        written = source.part(part.span)
        assert written.startswith("${" + part.name)
        assert written.endswith("}")
        for inner in part.operand:
            _part_is_where_it_says(source, inner)


def _spans(tree: Template) -> Iterator[Span]:
    for _, span in tree.stray:
        yield span
    for statement in tree.statements:
        yield from _statement_spans(statement)


def _statement_spans(statement: Statement) -> Iterator[Span]:
    yield statement.name_span
    if isinstance(statement, Declaration):
        yield statement.span
    elif not isinstance(statement, Include):
        yield from (statement.value_span, statement.written_span)
        yield from (span for _, span in statement.bare)
        yield from (part.span for part in statement.parts)


def _problems_can_be_shown(compilation: Compilation) -> None:
    for problem in compilation.problems:
        assert problem.message.strip()
        assert problem.fix.strip()
        for width in (30, 80):
            shown = show(problem, width)
            assert "\0" not in shown
            assert all(_columns(line) <= width for line in shown.splitlines()), shown
        if problem.excerpt is not None:
            assert problem.line is not None
            assert 0 <= problem.excerpt.start < problem.excerpt.end
            assert problem.excerpt.start <= len(problem.excerpt.line)


def _columns(line: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def _variables_can_be_given(compilation: Compilation) -> None:
    names = [variable.name for variable in compilation.variables]
    assert len(names) == len(set(names))
    for variable in compilation.variables:
        assert "\0" not in variable.text
        variable.text.encode()
        assert "=" not in variable.name
