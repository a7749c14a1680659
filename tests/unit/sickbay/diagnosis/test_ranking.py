"""Which cause is named first, how surely, and which are not named at all."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from sickbay.diagnosis.verdict import Certainty
from sickbay.guides.model import FrontMatter, Guide, Signature
from tests.unit.sickbay.diagnosis.made import causes, diagnosed, guide


def test_the_stronger_evidence_is_named_first() -> None:
    one = guide("g", "by-hint: when: hint\nby-sure: when: sure")
    assert causes(one, text="HINT\nSURE x") == ["by-sure", "by-hint"]


def test_among_equals_the_one_that_was_seen_first_is_named_first() -> None:
    guides = guide("g", "early: when: sure"), guide("h", "late: when: state")
    assert causes(*guides, text="SURE x\nSTATE") == ["early", "late"]
    assert causes(*guides, text="STATE\nSURE x") == ["late", "early"]


def test_a_cause_suppresses_what_it_explains() -> None:
    guides = guide("g", "first: when: hint, explains: [second]"), guide("h", "second: when: sure")
    assert causes(*guides, text="HINT\nSURE x") == ["first"]


def test_a_guide_suppresses_what_it_explains() -> None:
    guides = guide("g", "first: when: hint", more="explains: [second]\n"), guide("h", "second: when: sure")
    assert causes(*guides, text="HINT\nSURE x") == ["first"]


def test_causes_that_explain_each_other_both_stand() -> None:
    one = guide("g", "one: when: sure, explains: [two]\ntwo: when: hint, explains: [one]")
    assert causes(one, text="SURE x HINT") == ["one", "two"]


def test_a_fallback_stands_only_alone() -> None:
    one = guide("g", "general: when: sure, fallback: true\nfine: when: trace")
    assert causes(one, text="SURE x\nTRACE") == ["fine"]
    assert causes(one, text="SURE x") == ["general"]


@pytest.mark.parametrize(
    ("text", "context", "certainty"),
    [
        ("SURE x", {}, Certainty.LIKELY),
        ("SURE x", {"exit_code": 9}, Certainty.CONFIRMED),
        ("HINT", {}, Certainty.POSSIBLE),
        ("TRACE", {"exit_code": 1}, Certainty.POSSIBLE),
        ("", {"oom_killed": True}, Certainty.CONFIRMED),
        ("HINT", {"oom_killed": True}, Certainty.CONFIRMED),
    ],
)
def test_how_sure_a_verdict_is(text: str, context: dict[str, object], certainty: Certainty) -> None:
    one = guide("g", "it: when: sure and code-9 or sure or hint or trace or killed")
    best = diagnosed(one, text=text, **context).best
    assert best is not None
    assert best.certainty is certainty


def test_captures_and_facts_are_filled_in() -> None:
    best = diagnosed(guide("g", "it: when: sure or code-9"), text="SURE bread", exit_code=9).best
    assert best is not None
    assert best.title == "It is bread"
    assert "The exit code is 9." in {evidence.text for evidence in best.evidence}


def test_an_unknown_fact_proves_nothing() -> None:
    assert causes(guide("g", "it: when: hint and not killed"), text="HINT") == []
    assert causes(guide("g", "it: when: hint and not killed"), text="HINT", oom_killed=False) == ["it"]


def test_a_command_that_succeeded_has_no_symptoms() -> None:
    one = guide("g", "it: when: sure\nlisted: when: state")
    assert causes(one, text="SURE x\nSTATE", exit_code=0) == ["listed"]


@pytest.mark.parametrize(
    "command", ["cat job.log", "grep SURE log", "git show HEAD", "man docker", "docker run --help"]
)
def test_a_text_that_is_only_shown_has_no_symptoms(command: str) -> None:
    assert causes(guide("g", "it: when: sure"), text="SURE x", command=command) == []


@pytest.mark.parametrize("command", ["cat /sys/fs/cgroup/cpu.stat", "sudo cat /proc/1/status", "grep x /proc/meminfo"])
def test_what_the_kernel_says_of_itself_is_a_symptom_though_it_is_only_shown(command: str) -> None:
    assert causes(guide("g", "it: when: sure"), text="SURE x", command=command) == ["it"]


@pytest.mark.parametrize(
    "command",
    ["docker logs web", "docker compose -p x logs --tail 9 db", "kubectl -n x describe pod web", "journalctl -u web"],
)
def test_that_showing_what_another_program_wrote_succeeds_says_nothing_of_it(command: str) -> None:
    assert causes(guide("g", "it: when: sure"), text="SURE x", command=command, exit_code=0) == ["it"]


@pytest.mark.parametrize("command", ["docker run logs", "echo docker logs; true", "docker login", "make logs"])
def test_what_succeeds_and_shows_nothing_else_has_no_symptoms(command: str) -> None:
    assert causes(guide("g", "it: when: sure"), text="SURE x", command=command, exit_code=0) == []


@pytest.mark.parametrize(
    "line", ["+ SURE x", "++ echo SURE x", "$ SURE x", "> SURE x", "web-1  | + SURE x", "2026-11-22T10:00:00Z + SURE x"]
)
def test_a_command_that_was_echoed_and_a_quoted_line_are_no_symptoms(line: str) -> None:
    assert causes(guide("g", "it: when: sure"), text=line, exit_code=1) == ["unknown"]
    assert causes(guide("g", "it: when: sure"), text=f"{line}\nSURE y", exit_code=1) == ["it"]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("+ echo LEAK", ["it"]),
        ("++ LEAK", ["it"]),
        ("web-1  | + LEAK", ["it"]),
        ("$ LEAK", []),
        ("> LEAK", []),
        ("+ SURE x", []),
    ],
)
def test_what_is_wrong_in_the_echo_itself_is_a_symptom_there_and_not_in_a_quoted_line(
    line: str, named: list[str]
) -> None:
    assert causes(guide("g", "it: when: leak\nother: when: sure"), text=line, exit_code=0) == named


def test_the_unknown_shows_the_last_lines_of_each_text() -> None:
    text = "".join(f"line {number}\n\n" for number in range(1, 10))
    looked = diagnosed(guide("g", "it: when: sure"), text=text, exit_code=1).looked_at[0]
    assert looked.detail == "18 lines"
    assert [(line.line, line.text) for line in looked.last_lines] == [
        (2 * number - 1, f"line {number}") for number in range(5, 10)
    ]


@pytest.mark.parametrize(
    "context", [{"exit_code": 1}, {"oom_killed": True}, {"job_status": "failed"}, {"job_status": "timeout"}]
)
def test_trouble_that_no_guide_knows_is_unknown(context: dict[str, object]) -> None:
    diagnosis = diagnosed(guide("g", "it: when: sure"), text="quux", **context)
    assert [verdict.cause for verdict in diagnosis.verdicts] == ["unknown"]
    assert diagnosis.looked_at


@pytest.mark.parametrize("context", [{}, {"exit_code": 0}, {"job_status": "completed"}, {"job_status": "pending"}])
def test_where_nothing_is_wrong_there_is_no_verdict(context: dict[str, object]) -> None:
    assert causes(guide("g", "it: when: sure"), text="quux", **context) == []


def test_a_signature_is_looked_for_only_where_it_says() -> None:
    one = guide("g", "it: when: sure")
    elsewhere = Signature(id="sure", pattern="SURE", example="SURE", strength="strong", where=["launch"])
    only = replace(one, front=_with_first(one, elsewhere))
    assert causes(only, text="SURE x") == []


def _with_first(guide: Guide, signature: Signature) -> FrontMatter:
    return msgspec.structs.replace(guide.front, signatures=[signature, *guide.front.signatures[1:]])
