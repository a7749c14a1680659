"""What goes into an issue report. Nothing of it is hidden yet."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sickbay.diagnosis.verdict import Diagnosis
from sickbay.facts.model import Facts
from sickbay.guides.model import Guide
from sickbay.redaction import Redactor


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a report is about. Nothing of it is hidden yet.

    ``origin`` names it for a person (``job.log``, ``job 17``), ``again`` is the command that diagnoses it once more,
    ``uris`` name its texts for programs; ``guides`` are those it was diagnosed with.
    """

    facts: Facts
    diagnosis: Diagnosis
    origin: str
    again: str = ""
    uris: Mapping[str, str] = field(default_factory=dict)
    guides: tuple[Guide, ...] = ()

    @cached_property
    def redactor(self) -> Redactor:
        """What hides the secrets that stand in its texts, in whatever is shown of them."""
        return Redactor().aware_of(*(text.data for text in self.facts.texts))


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where and when the report is made."""

    made: datetime.datetime
    environment: Mapping[str, str]
    variables: Sequence[str] = ()
