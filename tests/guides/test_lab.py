"""Every guide that says it can be proved is proved in the lab; where all is well, no guide finds anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay.guides.library import builtin_guides
from sickbay.guides.model import Guide
from sickbay.guides.parts import Script
from sickbay.lab.bench import NEEDS, Bench
from sickbay.lab.self_test import healthy_findings, provable, prove
from sickbay.runner import builtin_engine

#: What of a lab's parts is a part of the machine that tests know by a mark; every other is always there, or is root's.
MARKS = {need: need for need in NEEDS} | {"user": "root", "disk": "root"}

#: A project in which nothing is wrong: what guides look for by the defaults of their inputs is there, and well.
HEALTHY = Path(__file__).parent / "healthy_project"

GUIDES = [guide for guide in builtin_guides() if guide.front.proof == "lab"]


def _marks(guide: Guide, symptom: Script) -> list[pytest.MarkDecorator]:
    scripts = [symptom, *(each for each in guide.parts.reproductions if each.name == symptom.name)]
    needs = {need for script in scripts for need in script.needs} - {"python"}
    implied = {"docker"} if "registry" in needs else set()
    return [getattr(pytest.mark, MARKS[need]) for need in sorted(needs | implied)]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench() as opened:
        yield opened


@pytest.mark.parametrize(
    ("guide", "symptom"),
    [
        pytest.param(guide, symptom, id=f"{guide.slug}/{symptom.name}", marks=_marks(guide, symptom))
        for guide in GUIDES
        for symptom in provable(guide)
    ],
)
def test_a_guide_is_proved(guide: Guide, symptom: Script, bench: Bench) -> None:
    proof = prove(guide, symptom, builtin_engine(), bench)
    assert not proof.missing
    assert proof.passed, "\n".join(f"{check.name}: {check.detail}" for check in proof.checks if not check.passed)


@pytest.mark.docker
@pytest.mark.postgresql
def test_where_all_is_well_no_guide_finds_anything(bench: Bench) -> None:
    assert list(healthy_findings(GUIDES, bench, frozenset({"docker", "postgresql"}), HEALTHY)) == []
