"""Which cause is named first, how surely, and which are not named at all."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import msgspec
import pytest

from sickbay.diagnosis.verdict import Certainty, Diagnosis
from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.guides.model import FrontMatter, Guide, Signature
from sickbay.guides.parser import parse_guide
from sickbay.runner import Engine


def _guide(slug: str, causes: str, *, more: str = "") -> Guide:
    front = dedent(
        """\
        ---
        guide: 1
        class: docker
        area: docker
        severity: low
        problem: p
        root_cause: r
        solution: s
        impact: i
        signatures:
          - {id: sure, strength: strong, pattern: 'SURE (?P<what>\\w+)', example: SURE x}
          - {id: hint, strength: medium, pattern: HINT, example: HINT}
          - {id: trace, strength: weak, pattern: TRACE, example: TRACE}
          - {id: state, strength: strong, pattern: STATE, example: STATE, despite_success: true}
        facts:
          - {id: killed, when: oom_killed, strength: strong, says: 'The kernel killed it.'}
          - {id: code-9, when: exit_code == 9, strength: weak, says: 'The exit code is {exit_code}.'}
        """
    )
    blocks = []
    for line in causes.strip().splitlines():
        name, _, body = line.strip().partition(": ")
        blocks.append(f"```yaml cause={name}\n{{title: 'It is {{what}}', advice: do, {body}}}\n```\n")
    return parse_guide(slug, f"{slug}.md", f"{front}{more}---\n# Title\n\n" + "\n".join(blocks))


def _diagnosed(*guides: Guide, text: str = "", **context: object) -> Diagnosis:
    values = {fact.name: fact for fact in facts_from_context(context)}
    return Engine(guides).diagnose(Facts(values=values, texts=(text_source("text", text.encode()),)))


def _causes(*guides: Guide, text: str = "", **context: object) -> list[str]:
    return [verdict.cause for verdict in _diagnosed(*guides, text=text, **context).verdicts]


def test_the_stronger_evidence_is_named_first() -> None:
    guide = _guide("g", "by-hint: when: hint\nby-sure: when: sure")
    assert _causes(guide, text="HINT\nSURE x") == ["by-sure", "by-hint"]


def test_among_equals_the_one_that_was_seen_first_is_named_first() -> None:
    guides = _guide("g", "early: when: sure"), _guide("h", "late: when: state")
    assert _causes(*guides, text="SURE x\nSTATE") == ["early", "late"]
    assert _causes(*guides, text="STATE\nSURE x") == ["late", "early"]


def test_a_cause_suppresses_what_it_explains() -> None:
    guides = _guide("g", "first: when: hint, explains: [second]"), _guide("h", "second: when: sure")
    assert _causes(*guides, text="HINT\nSURE x") == ["first"]


def test_a_guide_suppresses_what_it_explains() -> None:
    guides = _guide("g", "first: when: hint", more="explains: [second]\n"), _guide("h", "second: when: sure")
    assert _causes(*guides, text="HINT\nSURE x") == ["first"]


def test_causes_that_explain_each_other_both_stand() -> None:
    guide = _guide("g", "one: when: sure, explains: [two]\ntwo: when: hint, explains: [one]")
    assert _causes(guide, text="SURE x HINT") == ["one", "two"]


def test_a_fallback_stands_only_alone() -> None:
    guide = _guide("g", "general: when: sure, fallback: true\nfine: when: trace")
    assert _causes(guide, text="SURE x\nTRACE") == ["fine"]
    assert _causes(guide, text="SURE x") == ["general"]


@pytest.mark.parametrize(
    ("text", "context", "certainty"),
    [
        ("SURE x", {}, Certainty.LIKELY),
        ("SURE x", {"exit_code": 9}, Certainty.CONFIRMED),
        ("HINT", {}, Certainty.POSSIBLE),
        ("TRACE", {}, Certainty.POSSIBLE),
        ("", {"oom_killed": True}, Certainty.CONFIRMED),
        ("HINT", {"oom_killed": True}, Certainty.CONFIRMED),
    ],
)
def test_how_sure_a_verdict_is(text: str, context: dict[str, object], certainty: Certainty) -> None:
    guide = _guide("g", "it: when: sure and code-9 or sure or hint or trace or killed")
    best = _diagnosed(guide, text=text, **context).best
    assert best is not None
    assert best.certainty is certainty


def test_captures_and_facts_are_filled_in() -> None:
    best = _diagnosed(_guide("g", "it: when: sure or code-9"), text="SURE bread", exit_code=9).best
    assert best is not None
    assert best.title == "It is bread"
    assert "The exit code is 9." in {evidence.text for evidence in best.evidence}


def test_an_unknown_fact_proves_nothing() -> None:
    assert _causes(_guide("g", "it: when: hint and not killed"), text="HINT") == []
    assert _causes(_guide("g", "it: when: hint and not killed"), text="HINT", oom_killed=False) == ["it"]


def test_a_command_that_succeeded_has_no_symptoms() -> None:
    guide = _guide("g", "it: when: sure\nlisted: when: state")
    assert _causes(guide, text="SURE x\nSTATE", exit_code=0) == ["listed"]


@pytest.mark.parametrize(
    "command", ["cat job.log", "grep SURE log", "git show HEAD", "man docker", "docker run --help"]
)
def test_a_text_that_is_only_shown_has_no_symptoms(command: str) -> None:
    assert _causes(_guide("g", "it: when: sure"), text="SURE x", command=command) == []


@pytest.mark.parametrize(
    "line", ["+ SURE x", "++ echo SURE x", "$ SURE x", "> SURE x", "web-1  | + SURE x", "2026-11-22T10:00:00Z + SURE x"]
)
def test_a_command_that_was_echoed_and_a_quoted_line_are_no_symptoms(line: str) -> None:
    assert _causes(_guide("g", "it: when: sure"), text=line, exit_code=1) == ["unknown"]
    assert _causes(_guide("g", "it: when: sure"), text=f"{line}\nSURE y", exit_code=1) == ["it"]


def test_the_unknown_shows_the_last_lines_of_each_text() -> None:
    text = "".join(f"line {number}\n\n" for number in range(1, 10))
    looked = _diagnosed(_guide("g", "it: when: sure"), text=text, exit_code=1).looked_at[0]
    assert looked.detail == "18 lines"
    assert [(line.line, line.text) for line in looked.last_lines] == [
        (2 * number - 1, f"line {number}") for number in range(5, 10)
    ]


@pytest.mark.parametrize(
    "context", [{"exit_code": 1}, {"oom_killed": True}, {"job_status": "failed"}, {"job_status": "timeout"}]
)
def test_trouble_that_no_guide_knows_is_unknown(context: dict[str, object]) -> None:
    diagnosis = _diagnosed(_guide("g", "it: when: sure"), text="quux", **context)
    assert [verdict.cause for verdict in diagnosis.verdicts] == ["unknown"]
    assert diagnosis.looked_at


@pytest.mark.parametrize("context", [{}, {"exit_code": 0}, {"job_status": "completed"}, {"job_status": "pending"}])
def test_where_nothing_is_wrong_there_is_no_verdict(context: dict[str, object]) -> None:
    assert _causes(_guide("g", "it: when: sure"), text="quux", **context) == []


def test_a_signature_is_looked_for_only_where_it_says() -> None:
    guide = _guide("g", "it: when: sure")
    elsewhere = Signature(id="sure", pattern="SURE", example="SURE", strength="strong", where=["launch"])
    only = replace(guide, front=_with_first(guide, elsewhere))
    assert _causes(only, text="SURE x") == []


def _with_first(guide: Guide, signature: Signature) -> FrontMatter:
    return msgspec.structs.replace(guide.front, signatures=[signature, *guide.front.signatures[1:]])
