"""The fourth stage: bringing together a template and everything that it includes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Protocol

from container_manager.environment.diagnostics import Findings, Place
from container_manager.environment.parser import parse
from container_manager.environment.reading import LONGEST_TEXT, read_source
from container_manager.environment.suggestions import Suggestions
from container_manager.environment.syntax import Include, Template


class Library(Protocol):
    """Where included templates come from."""

    def find(self, name: str) -> str | bytes | None:
        """Return a template's content, or ``None`` where there is none of this name."""

    def names(self) -> Iterable[str]:
        """Return the names there are, for a question back."""


class MappingLibrary:
    """Templates by name, in memory."""

    def __init__(self, templates: Mapping[str, str] | None = None) -> None:
        self._templates = templates or {}

    def find(self, name: str) -> str | None:
        """Return a template's text."""
        return self._templates.get(name)

    def names(self) -> Iterable[str]:
        """Return all names."""
        return self._templates.keys()


@dataclass(frozen=True, kw_only=True)
class _Open:
    """A template whose includes are being followed; ``by`` is the include that led here."""

    template: Template
    includes: Iterator[Include]
    by: Place | None


def resolve_includes(
    root: Template, library: Library, findings: Findings, suggestions: Suggestions
) -> tuple[Template, ...]:
    """Return every template once, each behind those that it includes; the root is the last.

    A template that is included by several counts where it is included first.
    """
    return _Resolver(library, findings, suggestions).resolve(root)


class _Resolver:
    def __init__(self, library: Library, findings: Findings, suggestions: Suggestions) -> None:
        self._library = library
        self._findings = findings
        self._suggestions = suggestions
        self._open: list[_Open] = []
        self._open_at: dict[str, int] = {}
        self._seen: set[str] = set()
        self._room = LONGEST_TEXT

    def resolve(self, root: Template) -> tuple[Template, ...]:
        """Follow the includes depth first, with a stack of our own: no chain is too long for it."""
        self._room -= len(root.source.text)
        self._enter(root, None)
        ordered: list[Template] = []
        while self._open:
            top = self._open[-1]
            include = next(top.includes, None)
            if include is None:
                ordered.append(self._open.pop().template)
                del self._open_at[top.template.source.name]
            else:
                self._follow(include, Place(source=top.template.source, span=include.name_span))
        return tuple(ordered)

    def _enter(self, template: Template, by: Place | None) -> None:
        self._seen.add(template.source.name)
        self._open_at[template.source.name] = len(self._open)
        self._open.append(_Open(template=template, includes=iter(template.includes), by=by))

    def _follow(self, include: Include, place: Place) -> None:
        if include.name in self._seen:
            self._check_circle(include, place)
            return
        content = self._library.find(include.name)
        if content is None:
            known = self._library.names()
            fix = self._suggestions.question(include.name, known, otherwise="Make it first, or remove this line.")
            self._findings.error("unknown-template", place, f"There is no template {include.name}.", fix)
            return
        source = read_source(include.name, content, self._findings)
        self._room -= len(source.text)
        if self._room < 0:
            message = f"The templates together are longer than {LONGEST_TEXT} characters."
            self._findings.error("too-long", place, message, "Include less.")
            return
        self._enter(parse(source, self._findings, self._suggestions), place)

    def _check_circle(self, include: Include, place: Place) -> None:
        start = self._open_at.get(include.name)
        if start is None:
            return
        circle = islice(self._open, start + 1, None)
        steps = chain((each.by for each in circle if each.by), [place])
        others = len(self._open) - start - 1
        message = f"{include.name} includes itself" + (", by way of others." if others else ".")
        self._findings.error("include-circle", place, message, "Remove one of these includes.", steps=steps)
