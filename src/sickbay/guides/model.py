"""What a guide says, once read."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from sickbay.guides.conditions import Condition
from sickbay.guides.fences import Fence

if TYPE_CHECKING:
    from sickbay.guides.document import Document
    from sickbay.guides.parts import Parts

ProblemClass = Literal["system", "configuration", "docker", "resource", "network"]
Severity = Literal["critical", "high", "medium", "low"]
Strength = Literal["strong", "medium", "weak"]
Proof = Literal["lab", "none"]
Tag = Literal["corruption", "security"]

FORMAT_VERSION = 1

#: The sections of a guide, in their order.
SECTIONS = (
    "Symptoms",
    "Investigation",
    "Root causes",
    "Solution",
    "Verification",
    "Prevention",
    "Lessons",
    "Evidence",
    "References",
)


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pattern of a symptom in a text.

    ``where`` names the texts it is looked for in (``any`` for all). ``example`` and ``also`` are lines as the real
    program prints them; the pattern matches each. ``not_in`` are lines that look alike and mean something else; it
    matches none. ``despite_success`` marks a symptom that stands although the command returned 0, as in a listing of
    sick containers. ``despite_echo`` marks one that stands in a command too that a shell echoed (``set -x``): what went
    wrong is that the line is there. ``tags`` say what the line means beyond its cause: stored data may be damaged, or
    somebody may have broken in. A session that takes in such a line stops, whatever ``where`` says.
    """

    id: str
    pattern: str
    example: str
    strength: Strength
    where: list[str] = msgspec.field(default_factory=lambda: ["any"])
    also: list[str] = msgspec.field(default_factory=list)
    not_in: list[str] = msgspec.field(default_factory=list)
    despite_success: bool = False
    despite_echo: bool = False
    tags: list[Tag] = msgspec.field(default_factory=list)


class FactCondition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition over collected facts that speaks for a cause, and how to say it to a person."""

    id: str
    when: str
    strength: Strength
    says: str


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that a person or a capture fills in."""

    pattern: str
    default: str | None = None
    secret: bool = False


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long investigating may take: minutes in all, seconds for one probe."""

    minutes: float = 30
    probe_seconds: float = 10


class Escalation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to hand over to a person, in a sentence; ``when`` is the same as a condition, where there is one."""

    says: str
    when: str = ""


class Tested(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When, with which versions by component, and how the guide was last proved. Written by the tool."""

    date: datetime.date
    versions: dict[str, str]
    result: str


class FrontMatter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"class_": "class"}):
    """The part of a guide for the machine. ``problem`` to ``impact`` are its entry in the index.

    ``proof`` says how the guide can be proved: in the ``lab``, where everything that this needs must be there; or by
    ``none``, for one that documents and detects, and neither probes nor repairs yet. ``applies_to`` holds ranges of
    versions by component, as in ``>=20.10,<30``.
    """

    guide: int
    class_: ProblemClass
    area: str
    severity: Severity
    problem: str
    root_cause: str
    solution: str
    impact: str
    signatures: list[Signature]
    facts: list[FactCondition] = msgspec.field(default_factory=list)
    components: list[str] = msgspec.field(default_factory=list)
    seen_in: list[str] = msgspec.field(default_factory=list)
    not_seen_in: list[str] = msgspec.field(default_factory=list)
    applies_to: dict[str, str] = msgspec.field(default_factory=dict)
    inputs: dict[str, Input] = msgspec.field(default_factory=dict)
    explains: list[str] = msgspec.field(default_factory=list)
    escalate: list[Escalation] = msgspec.field(default_factory=list)
    limits: Limits = msgspec.field(default_factory=Limits)
    created: datetime.date | None = None
    updated: datetime.date | None = None
    tested: Tested | None = None
    proof: Proof = "lab"


class CauseBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a ``yaml cause=ID`` fence holds.

    ``when`` is a condition over the ids of this guide's signatures and fact conditions, and over facts. ``advice`` is
    the repair in plain words; ``{name}`` in ``title`` and ``advice`` stands for a capture or a fact, and a part like
    ``[: {name}]`` is left out where that is not known. ``repair`` are the ids of steps in their order, ``escalate`` is
    the reason why a person must act instead. ``explains`` are causes that follow from this one. ``fallback`` marks a
    cause that says little and stands only where no other does.
    """

    title: str
    when: str
    advice: str
    explains: list[str] = msgspec.field(default_factory=list)
    repair: list[str] = msgspec.field(default_factory=list)
    escalate: str = ""
    fallback: bool = False


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One cause of a guide, with its condition read."""

    id: str
    title: str
    condition: Condition
    advice: str
    explains: frozenset[str]
    fallback: bool
    repair: tuple[str, ...]
    escalate: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Guide:
    """One guide: ``slug`` is its file's name. Its body is read as Markdown when somebody asks for it."""

    slug: str
    path: str
    front: FrontMatter
    conditions: dict[str, Condition]
    """The fact conditions of the front matter, read, by id."""
    causes: tuple[Cause, ...]
    body: str
    body_line: int

    @property
    def title(self) -> str:
        """The heading of level 1."""
        return self.document.title

    @property
    def sections(self) -> dict[str, str]:
        """The text of each section, in the file's order."""
        return self.document.sections

    @property
    def fences(self) -> tuple[Fence, ...]:
        """Every code block."""
        return self.document.fences

    @cached_property
    def parts(self) -> Parts:
        """Every machine part but the causes. Raises ``InvalidGuideError`` where the body cannot be read."""
        from sickbay.guides.part_parser import parse_parts  # noqa: PLC0415  (a diagnosis needs no parts)

        return parse_parts(self.fences, self.front.limits)

    @cached_property
    def document(self) -> Document:
        """The body, read whole. Raises ``InvalidGuideError``."""
        from sickbay.guides.document import parse_document  # noqa: PLC0415  (a diagnosis needs no Markdown reader)

        return parse_document(self.path, self.body, self.body_line)
