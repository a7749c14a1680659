"""What a check of a guide works on and answers with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from sickbay.guides.condition_parser import ConditionError, parse
from sickbay.guides.conditions import names
from sickbay.guides.model import Guide
from sickbay.guides.parts import Action


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One broken promise."""

    path: str
    line: int
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} {self.fix}".rstrip()


@dataclass(frozen=True, kw_only=True)
class GuideFile:
    """A guide that could be read, with its text, and the facts that its conditions may speak of."""

    guide: Guide
    text: str
    facts: frozenset[str]

    def line_of(self, *texts: str) -> int:
        """Return the first line that holds one of the texts, 1 where none does."""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if any(text in line for text in texts):
                return number
        return 1

    def line_of_key(self, key: str) -> int:
        """Return the line of the front matter on which a key stands, 1 where none does."""
        front = self.text[: len(self.text) - len(self.guide.body)].splitlines()
        pattern = re.compile(rf"\s*{re.escape(key)}\s*:")
        return next((number for number, line in enumerate(front, start=1) if pattern.match(line)), 1)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The ids of the guide's signatures and fact conditions."""
        return frozenset(signature.id for signature in self.guide.front.signatures) | frozenset(self.guide.conditions)

    @cached_property
    def names_asked_for(self) -> frozenset[str]:
        """Every name that a condition of the guide speaks of."""
        conditions = [*self.guide.conditions.values(), *(cause.condition for cause in self.guide.causes)]
        asked = frozenset[str]().union(*(names(condition) for condition in conditions))
        for escalation in self.guide.front.escalate:
            try:
                asked |= names(parse(" ".join(escalation.when.split())))
            except ConditionError:  # empty, or told by the check of the front matter
                continue
        return asked

    @cached_property
    def inputs_used(self) -> frozenset[str]:
        """Every input that a machine part names, or that a confined one is let through to."""
        parts = self.guide.parts
        reaches = (*(probe.reach for probe in parts.probes), *(verify.reach for verify in parts.verifications))
        ports = (port for reach in reaches for port in reach.ports)
        named = frozenset(port.removeprefix("$") for port in ports if port.startswith("$"))
        return named.union(*(_inputs(part.action) for part in parts.acting))

    def line_of_id(self, name: str) -> int:
        """Return the line of the front matter where a signature or a condition begins."""
        return self.line_of(f"- id: {name}", f"- id: '{name}'", f'- id: "{name}"')

    def problem(self, line: int, message: str, fix: str) -> Problem:
        """Return a problem of this guide."""
        return Problem(path=self.guide.path, line=line, message=message, fix=fix)


def _inputs(action: Action) -> frozenset[str]:
    if isinstance(action, tuple):
        return frozenset[str]().union(*(command.inputs for command in action))
    return action.inputs
