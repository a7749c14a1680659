"""The machine parts of a guide, read: what stands in its code blocks, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from sickbay.guides.commands import Command
from sickbay.guides.conditions import Condition

Effect = Literal["reversible", "disruptive", "destructive"]
Match = Literal["exact", "regex", "glob"]
Kind = Literal["number", "text"]


@dataclass(frozen=True, kw_only=True)
class FunctionCall:
    """A named Python function in a file beside the guide, and what it is given by keyword.

    An argument that is a whole ``$NAME`` stands for an input.
    """

    module: str
    function: str
    arguments: Mapping[str, object]
    line: int

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs that it names."""
        texts = [value for value in self.arguments.values() if isinstance(value, str)]
        return frozenset(text[1:] for text in texts if text.startswith("$"))


Action = tuple[Command, ...] | FunctionCall
"""What a part does: commands in their order, the first that fails ends them; or one function."""


@dataclass(frozen=True, kw_only=True)
class FilePart:
    """A file of the reproduction: ``name`` is a relative path below the scratch folder."""

    name: str
    content: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Script:
    """A shell script (or a function) that runs in the lab alone: it builds the broken state, or shows it.

    ``name`` joins a symptom with its reproduction; it may be empty. ``cause`` is what it leads to, empty where the
    guide has one cause only. ``facts`` are further words of the block, given to the diagnosis as a context.
    """

    name: str
    action: str | FunctionCall
    cause: str
    needs: tuple[str, ...]
    facts: Mapping[str, str]
    line: int


class FactRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one fact is taken from what a probe answered.

    Either ``when`` and ``unless``, conditions over ``exit_code``, ``output``, and ``errors`` for yes and for no: where
    neither holds, or both do, it could not be asked. Or ``value``, a pattern with a group ``value`` that is looked for
    in the output.
    """

    when: str = ""
    unless: str = ""
    value: str = ""
    kind: Kind = "number"
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class ProbeFact:
    """A :class:`FactRule`, read."""

    name: str
    when: Condition | None
    unless: Condition | None
    value: str
    kind: Kind
    says: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a confined part is let through to: TCP ports (numbers, or inputs like ``$PORT``), the caller's variables."""

    ports: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A read-only look, bounded in seconds, and the facts that are taken from it."""

    id: str
    action: Action
    timeout: float
    facts: tuple[ProbeFact, ...]
    line: int
    reach: Reach = Reach()


@dataclass(frozen=True, kw_only=True)
class Undo:
    """The way back from the step of the same id."""

    id: str
    action: Action
    line: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a repair. ``backup`` is the path that is copied first; ``why`` says why it cannot be undone."""

    id: str
    action: Action
    effect: Effect
    backup: str
    why: str
    undo: Undo | None
    line: int


@dataclass(frozen=True, kw_only=True)
class Expect:
    """What a verification must print, read as ``match`` says. Inputs in it stand as ``$NAME``."""

    id: str
    text: str
    match: Match
    line: int


@dataclass(frozen=True, kw_only=True)
class Verify:
    """The proof: it returns 0 and prints what is expected after the repair, and does not before."""

    id: str
    action: Action
    timeout: float
    expect: Expect | None
    line: int
    reach: Reach = Reach()


@dataclass(frozen=True, kw_only=True)
class Guard:
    """A check that a project can put into its CI: it returns 0 while all is well."""

    id: str
    action: Action
    line: int


ActingPart = Probe | Step | Undo | Verify | Guard
"""A part that runs something outside of the lab, too."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Recorded evidence: what the part ``id`` printed with these versions, by component."""

    id: str
    text: str
    versions: Mapping[str, str]
    line: int


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """A part that cannot be read: its line, what is wrong, and what to do."""

    line: int
    message: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Parts:
    """All machine parts of a guide in the file's order, but its causes. ``flaws`` are those that cannot be read."""

    files: tuple[FilePart, ...] = ()
    reproductions: tuple[Script, ...] = ()
    symptoms: tuple[Script, ...] = ()
    probes: tuple[Probe, ...] = ()
    steps: tuple[Step, ...] = ()
    verifications: tuple[Verify, ...] = ()
    guards: tuple[Guard, ...] = ()
    outputs: tuple[Output, ...] = ()
    flaws: tuple[Flaw, ...] = field(default=())

    @property
    def acting(self) -> tuple[ActingPart, ...]:
        """Every part that runs something outside of the lab, too: undos behind their steps."""
        steps = [part for step in self.steps for part in (step, step.undo) if part is not None]
        return (*self.probes, *steps, *self.verifications, *self.guards)

    @property
    def fact_names(self) -> frozenset[str]:
        """The facts that the probes can learn."""
        return frozenset(fact.name for probe in self.probes for fact in probe.facts)
