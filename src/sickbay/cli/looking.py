"""``--look``: the looks of the guides that compete are run confined, and the causes ranked again with what they say."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sickbay.cli import output
from sickbay.cli.exits import CommandError
from sickbay.cli.repair_inputs import fitting_inputs, place_here
from sickbay.diagnosis.competition import rank
from sickbay.diagnosis.deciding import competing_guides, probes_of
from sickbay.diagnosis.known import probed_name
from sickbay.diagnosis.ranking import SignatureHit, diagnose
from sickbay.diagnosis.verdict import Diagnosis
from sickbay.facts.model import Fact, Facts, FactValue
from sickbay.guides.model import Guide
from sickbay.investigation.alarms import Alarms
from sickbay.investigation.investigating import investigate
from sickbay.runner import Engine, symptoms_of
from sickbay.safety.outcome import Outcome

#: Nobody waits longer for all looks together. Each has a limit of its own in its guide.
MOST_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A look that was run, or could not be: ``outcome`` says which. A fact of ``None`` got no clear answer."""

    guide: str
    probe: str
    outcome: Outcome
    seconds: float
    facts: Mapping[str, FactValue | None]

    def learned(self) -> Iterator[Fact]:
        """Yield what it told, as facts that its guide alone knows."""
        for name, value in self.facts.items():
            if value is not None:
                yield Fact(name=probed_name(self.guide, name), value=value, source=f"look {self.probe}")


class Looking:
    """Diagnoses a case with looks in a folder. What was asked stands in ``asked`` afterwards."""

    def __init__(self, folder: Path, *, seconds: float = MOST_SECONDS) -> None:
        self._folder = checked_folder(folder)
        self._deadline = time.monotonic() + seconds
        self.asked: tuple[Asked, ...] = ()

    def __call__(self, engine: Engine, facts: Facts) -> tuple[Facts, Diagnosis]:
        """Scan, look, and rank, until no guide competes whose looks were not run."""
        hits = engine.scan(facts)
        done: set[str] = set()
        while waiting := [each for each in _competing(engine, facts, hits) if each.slug not in done]:
            for guide in waiting:
                done.add(guide.slug)
                facts = facts.merged(self._learned(guide, facts, hits))
        return facts, diagnose(facts, hits, engine.guides)

    def _learned(self, guide: Guide, facts: Facts, hits: Sequence[SignatureHit]) -> list[Fact]:
        asked = ask_guide(guide, self._folder, facts, hits, seconds_left=self._deadline - time.monotonic())
        self.asked += asked
        return [fact for each in asked for fact in each.learned()]


def ask_guide(
    guide: Guide, folder: Path, facts: Facts, hits: Sequence[SignatureHit], *, seconds_left: float
) -> tuple[Asked, ...]:
    """Run every look of a guide, with the inputs that stand in the hits. A guide without looks is not asked."""
    probes = probes_of(guide)
    if not probes:
        return ()
    symptoms = symptoms_of(guide, facts, hits)
    place = place_here(folder, fitting_inputs(guide, symptoms.inputs), Alarms())  # no session is open to be stopped
    with output.working(f"Looking with {guide.slug}"):
        found = investigate(guide, place, hits=symptoms.signatures, seconds_left=seconds_left)
    return tuple(
        Asked(
            guide=guide.slug,
            probe=probe.id,
            outcome=found.looks[probe.id].outcome,
            seconds=round(found.looks[probe.id].seconds, 3),
            facts={fact.name: found.facts[fact.name] for fact in probe.facts},
        )
        for probe in probes
    )


def checked_folder(folder: Path) -> Path:
    """Return a folder in which looks can be run. Raises ``CommandError`` for what is none."""
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.")
    return folder


def _competing(engine: Engine, facts: Facts, hits: Sequence[SignatureHit]) -> tuple[Guide, ...]:
    return competing_guides(rank(facts, hits, engine.guides), engine.guides)
