"""Every guide keeps the format's promises, and its examples lead to its causes."""

from __future__ import annotations

import pytest

from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.facts.vocabulary import VOCABULARY
from sickbay.guides.library import builtin_guides
from sickbay.guides.lint import lint_builtin
from sickbay.guides.model import Guide, Signature
from sickbay.runner import builtin_engine

GUIDES = builtin_guides()
SIGNATURES = [(guide, signature) for guide in GUIDES for signature in guide.front.signatures]

each_signature = pytest.mark.parametrize(
    ("guide", "signature"), SIGNATURES, ids=[f"{guide.slug}/{signature.id}" for guide, signature in SIGNATURES]
)


def test_no_guide_breaks_a_promise() -> None:
    assert [str(problem) for problem in lint_builtin(VOCABULARY).problems] == []


@each_signature
def test_a_strong_example_leads_to_a_cause_of_its_own_guide(guide: Guide, signature: Signature) -> None:
    if signature.strength != "strong":
        return
    for line in [signature.example, *signature.also]:
        source = "text" if "any" in signature.where else signature.where[0]
        diagnosis = builtin_engine().diagnose(Facts(texts=(text_source(source, line.encode()),)))
        assert diagnosis.best is not None
        assert diagnosis.best.guide == guide.slug, line
