"""Every name that some templates define, with what each definition replaces and what is declared of the name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from container_manager.environment.diagnostics import Place
from container_manager.environment.source import Source, Span
from container_manager.environment.syntax import Assignment, Declaration, Template


@dataclass(frozen=True, kw_only=True, eq=False)
class Definition:
    """One assignment. ``replaced`` is the one of the same name that it overrides."""

    assignment: Assignment
    source: Source
    replaced: Definition | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The variable's name."""
        return self.assignment.name

    @property
    def line(self) -> int:
        """The line of its name."""
        return self.source.position(self.assignment.name_span.start).line

    def place(self, span: Span | None = None) -> Place:
        """Return the place of a span in this definition's template; without one, that of its name."""
        return Place(source=self.source, span=span or self.assignment.name_span)

    def value_place(self) -> Place:
        """Return the place of its value; that of its name where the value is empty."""
        span = self.assignment.value_span
        return self.place(span if span.end > span.start else None)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A declaration and the template where it stands."""

    declaration: Declaration
    source: Source


@dataclass(frozen=True, kw_only=True)
class Names:
    """The last definition and the last declaration of each name, in the order in which names appear."""

    definitions: Mapping[str, Definition]
    declarations: Mapping[str, Declared]
    secret: frozenset[str]
    """Names declared secret anywhere: nothing takes that back."""


def gather(templates: Sequence[Template]) -> Names:
    """Return the names of templates; of two definitions in them the later one counts."""
    definitions: dict[str, Definition] = {}
    declarations: dict[str, Declared] = {}
    secret: set[str] = set()
    for template in templates:
        for assignment in template.assignments:
            definitions[assignment.name] = Definition(
                assignment=assignment, source=template.source, replaced=definitions.get(assignment.name)
            )
        for declaration in template.declarations:
            declarations[declaration.name] = Declared(declaration=declaration, source=template.source)
            if declaration.secret:
                secret.add(declaration.name)
    return Names(definitions=definitions, declarations=declarations, secret=frozenset(secret))
