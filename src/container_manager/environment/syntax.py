"""The frozen tree of a template. Trees are equal when they mean the same, wherever it stands in a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from container_manager.environment.scanner import Quote
from container_manager.environment.source import Source, Span


class Operator(StrEnum):
    """What happens where a name has no value (or, with a colon, an empty one)."""

    DEFAULT_IF_EMPTY = ":-"
    DEFAULT_IF_UNSET = "-"
    REQUIRE_NOT_EMPTY = ":?"
    REQUIRE_SET = "?"

    @property
    def counts_empty(self) -> bool:
        """Whether an empty value counts as none."""
        return self.value.startswith(":")

    @property
    def is_default(self) -> bool:
        """Whether it gives another value, and does not demand one."""
        return self.value.endswith("-")


@dataclass(frozen=True, kw_only=True)
class Text:
    """Characters as they are."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """``${NAME}``, with an operator and its default or message where it has one."""

    name: str
    operator: Operator | None = None
    operand: tuple[Part, ...] = ()
    span: Span = field(compare=False)
    operand_span: Span = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """``${secret:NAME}``: a stored secret."""

    name: str
    span: Span = field(compare=False)


Part = Text | Reference | SecretReference


class TypeName(StrEnum):
    """What a value may be declared to be."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    DURATION = "duration"
    SIZE = "size"
    URL = "url"
    JSON = "json"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """``NAME=value``. ``bare`` are the places of ``$NAME`` without braces, which is plain text.

    ``value_span`` is without quotes, ``written_span`` goes on to the line's end.
    """

    name: str
    parts: tuple[Part, ...]
    exported: bool = False
    whole: bool = field(default=True, compare=False)
    """Whether nothing of it was wrong."""
    quote: Quote = field(default=Quote.NONE, compare=False)
    name_span: Span = field(compare=False)
    value_span: Span = field(compare=False)
    written_span: Span = field(compare=False)
    bare: tuple[tuple[str, Span], ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """``#@ NAME: type secret required``."""

    name: str
    type: TypeName | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    required: bool = False
    span: Span = field(compare=False)
    name_span: Span = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Include:
    """``#@ include NAME``."""

    name: str
    name_span: Span = field(compare=False)


Statement = Assignment | Declaration | Include


@dataclass(frozen=True, kw_only=True)
class Template:
    """One parsed template. ``stray`` are the places of lines that are nothing, beside the name assigned above them."""

    source: Source = field(compare=False)
    statements: tuple[Statement, ...]
    stray: tuple[tuple[str, Span], ...] = field(default=(), compare=False)

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """The assignments, in their order."""
        return tuple(each for each in self.statements if isinstance(each, Assignment))

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """The declarations, in their order."""
        return tuple(each for each in self.statements if isinstance(each, Declaration))

    @property
    def includes(self) -> tuple[Include, ...]:
        """The includes, in their order."""
        return tuple(each for each in self.statements if isinstance(each, Include))
