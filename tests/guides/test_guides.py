"""Every guide keeps the format's promises: its patterns match what they claim, and its examples lead to its causes."""

from __future__ import annotations

import re

import pytest

from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.guides.conditions import names
from sickbay.guides.library import builtin_guides
from sickbay.guides.model import SECTIONS, Guide, Signature
from sickbay.facts.vocabulary import VOCABULARY
from sickbay.runner import builtin_engine

GUIDES = builtin_guides()
SIGNATURES = [(guide, signature) for guide in GUIDES for signature in guide.front.signatures]

each_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
each_signature = pytest.mark.parametrize(
    ("guide", "signature"), SIGNATURES, ids=[f"{guide.slug}/{signature.id}" for guide, signature in SIGNATURES]
)


@each_guide
def test_a_guide_has_the_sections_in_their_order(guide: Guide) -> None:
    assert tuple(guide.sections) == SECTIONS


@each_guide
def test_every_section_of_a_guide_says_something(guide: Guide) -> None:
    assert [name for name, text in guide.sections.items() if not text] == []


@each_guide
def test_the_conditions_of_a_guide_speak_only_of_what_exists(guide: Guide) -> None:
    known = {signature.id for signature in guide.front.signatures} | set(guide.conditions) | set(VOCABULARY)
    used = set().union(*(names(cause.condition) for cause in guide.causes))
    used |= set().union(*(names(condition) for condition in guide.conditions.values()))
    assert used <= known


@each_guide
def test_every_signature_and_condition_of_a_guide_is_used_by_a_cause(guide: Guide) -> None:
    used = set().union(*(names(cause.condition) for cause in guide.causes))
    used |= set().union(*(names(condition) for condition in guide.conditions.values()))
    assert {signature.id for signature in guide.front.signatures} | set(guide.conditions) <= used


@each_signature
def test_a_signature_matches_its_own_examples(guide: Guide, signature: Signature) -> None:
    lines = [signature.example, *signature.also]
    assert [line for line in lines if not re.search(signature.pattern, line)] == []


@each_signature
def test_a_signature_leaves_its_look_alikes_alone(guide: Guide, signature: Signature) -> None:
    assert [line for line in signature.not_in if re.search(signature.pattern, line)] == []


@each_signature
def test_a_strong_example_leads_to_a_cause_of_its_own_guide(guide: Guide, signature: Signature) -> None:
    if signature.strength != "strong":
        return
    for line in [signature.example, *signature.also]:
        source = "text" if "any" in signature.where else signature.where[0]
        diagnosis = builtin_engine().diagnose(Facts(texts=(text_source(source, line.encode()),)))
        assert diagnosis.best is not None
        assert diagnosis.best.guide == guide.slug, line


def test_no_cause_is_named_by_two_guides() -> None:
    causes = [cause.id for guide in GUIDES for cause in guide.causes]
    assert sorted(causes) == sorted(set(causes))
