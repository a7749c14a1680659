"""All stages, one after the other: from a template and what a job gives to the job's variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from container_manager.environment.declared_types import DeclaredTypes, Value
from container_manager.environment.definitions import Declared, Names, gather
from container_manager.environment.diagnostics import Diagnostic, Findings, Place, Severity
from container_manager.environment.given import Given
from container_manager.environment.includes import Library, MappingLibrary, resolve_includes
from container_manager.environment.interpolation import Interpolation
from container_manager.environment.parser import parse
from container_manager.environment.reading import read_source
from container_manager.environment.source import Span
from container_manager.environment.suggestions import Suggestions
from container_manager.environment.syntax import Template, TypeName

_SOUNDS_SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable of the result. ``text`` is canonical; it is empty where ``secret_ref`` names a stored secret.

    ``value`` is the text as its declared type: ``str``, ``int``, ``float``, ``bool``, ``timedelta``, bytes as an
    ``int``, or what JSON says. ``secret`` also where the value has another secret in it. ``template`` and ``line`` say
    where it was assigned: ``None`` where the job gives it.
    """

    name: str
    text: str
    value: object
    type: TypeName
    secret: bool
    secret_ref: str | None
    template: str | None
    line: int | None


@dataclass(frozen=True, kw_only=True)
class Compilation:
    """What came of a template. ``needed`` has what a job must give, where the template was checked without one."""

    variables: tuple[Variable, ...]
    problems: tuple[Diagnostic, ...]
    needed: Mapping[str, str]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The problems that keep jobs from being made."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is allowed, and probably not meant."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)

    @property
    def environment(self) -> dict[str, str]:
        """The plain texts by name, secret ones included; without what comes from stored secrets."""
        return {each.name: each.text for each in self.variables if each.secret_ref is None}

    @property
    def secret_names(self) -> frozenset[str]:
        """The names in ``environment`` whose values are secret."""
        return frozenset(each.name for each in self.variables if each.secret and each.secret_ref is None)

    @property
    def secrets(self) -> dict[str, str]:
        """Variables to the names of the stored secrets that they come from."""
        return {each.name: each.secret_ref for each in self.variables if each.secret_ref is not None}


def compile_template(
    name: str, content: str | bytes, *, library: Library | None = None, given: Given | None = None
) -> Compilation:
    """Compile a template. Raises nothing: what is wrong is in the result, all of it, and no variable that has it."""
    findings, suggestions, given = Findings(), Suggestions(), given or Given()
    root = parse(read_source(name, content, findings), findings, suggestions)
    templates = resolve_includes(root, library or MappingLibrary(), findings, suggestions)
    names = gather(templates)
    compiler = _Compiler(names, given, findings, suggestions)
    variables = tuple(compiler.variables())
    compiler.warn_of_bare_names()
    return Compilation(
        variables=variables, problems=findings.diagnostics(_hidden(templates, names)), needed=compiler.needed()
    )


class _Compiler:
    def __init__(self, names: Names, given: Given, findings: Findings, suggestions: Suggestions) -> None:
        self._names = names
        self._given = given
        self._findings = findings
        self._types = DeclaredTypes(names, given, findings, suggestions)
        self._interpolation = Interpolation(names, given, self._types, findings, suggestions)
        self._needed: dict[str, str] = {}

    def variables(self) -> Iterator[Variable]:
        """Return every variable that is good, in the order of the templates; what only the job gives comes last."""
        names, given = self._names, self._given
        for name in dict.fromkeys((*names.definitions, *names.declarations, *given.overrides, *given.secrets)):
            value = self._interpolation.value(name)
            if value is None:
                self._check_required(name)
            elif value.known:
                yield self._variable(name, value)

    def needed(self) -> dict[str, str]:
        """Return what a job must give."""
        return {**self._types.needed, **self._interpolation.needed, **self._needed}

    def warn_of_bare_names(self) -> None:
        """Tell of ``$NAME`` where there is such a name: other readers may replace it, this one does not."""
        for definition in self._names.definitions.values():
            for name, span in definition.assignment.bare:
                if name in self._names.definitions or name in self._given.overrides:
                    message = f"${name} without braces is plain text."
                    fix = f"Write ${{{name}}} for the value, or single quotes around plain text."
                    self._findings.warning("bare-name", definition.place(span), message, fix)

    def _check_required(self, name: str) -> None:
        declared = self._names.declarations.get(name)
        if declared is None or not declared.declaration.required:
            return
        if not self._given.complete:
            self._needed[name] = self._interpolation.needed.get(name, "")
            return
        message = f"{name} is required, and nothing gives it a value."
        self._findings.error("value-demanded", _place(declared), message, f"Give the job a value for {name}.")

    def _variable(self, name: str, value: Value) -> Variable:
        definition = None if self._given.gives(name) else self._names.definitions.get(name)
        return Variable(
            name=name,
            text=value.text,
            value=value.typed,
            type=self._types.type_of(name),
            secret=value.secret,
            secret_ref=value.secret_ref,
            template=definition.source.name if definition else None,
            line=definition.line if definition else None,
        )


def _place(declared: Declared) -> Place:
    return Place(source=declared.source, span=declared.declaration.name_span)


def _hidden(templates: Sequence[Template], names: Names) -> dict[str, list[Span]]:
    """Return the values that no problem may show: those declared secret, and those whose name sounds like it."""

    def is_secret(name: str) -> bool:
        return name in names.secret or _SOUNDS_SECRET.search(name) is not None

    return {
        template.source.name: _merged(
            [
                *(each.written_span for each in template.assignments if is_secret(each.name)),
                *(span for name, span in template.stray if is_secret(name)),
            ]
        )
        for template in templates
    }


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged
