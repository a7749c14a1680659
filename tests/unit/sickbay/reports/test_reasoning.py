"""What every report shows of the ranking: how sure, what would decide, what was ruled out, and why."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from sickbay.diagnosis.verdict import Diagnosis
from sickbay.redaction import Redactor
from sickbay.reports.assembly import issue_of
from sickbay.reports.case import Case
from sickbay.reports.formats import ReportFormat
from sickbay.reports.json_report import diagnosis_of, report_of
from sickbay.reports.reasoning import how_sure
from sickbay.reports.rendering import written
from sickbay.reports.terminal import print_diagnosis
from tests.unit.sickbay.diagnosis.made import diagnosed, facts, guide
from tests.unit.sickbay.reports.cases import SURROUNDINGS

_TIE = guide(
    "g", "dir: when: sure and there\nnone: when: sure and not there\nout: when: hint and killed", probes="there=2"
)
_TEXT = "HINT\nSURE x"
_CONTEXT = {"exit_code": 1, "oom_killed": False}


def _tied() -> Diagnosis:
    return diagnosed(_TIE, text=_TEXT, **_CONTEXT)


def _shown(diagnosis: Diagnosis, *, why: bool = False) -> str:
    output = io.StringIO()
    print_diagnosis(diagnosis, Console(file=output, width=80), why=why)
    return output.getvalue()


def _written(form: ReportFormat, diagnosis: Diagnosis) -> str:
    case = Case(facts=facts(_TEXT, **_CONTEXT), diagnosis=diagnosis, origin="job.log")
    return written(issue_of(case, (_TIE,), SURROUNDINGS, Redactor()), form)


def test_a_tie_is_shown_as_one_with_both_causes_and_the_look_that_would_decide() -> None:
    shown = _shown(_tied())
    assert shown.splitlines()[0] == "Inconclusive: 2 causes explain it as well as each other"
    for part in ("possible · dir", "possible · none", "test -d there", "there = true: dir", "there = false: none"):
        assert part in shown
    assert "Less likely" not in shown


def test_what_was_ruled_out_is_shown_with_the_fact_that_did_it() -> None:
    assert "Ruled out:\n  out: oom_killed = false, so not: The kernel killed it." in _shown(_tied())


def test_how_far_the_first_cause_is_ahead_is_shown_above_the_others() -> None:
    one = guide("g", "it: when: sure\nother: when: hint")
    assert "Less likely, by 50 %:\n  It is <what> (possible · other)" in _shown(diagnosed(one, text="SURE x HINT"))


def test_the_reasons_are_shown_for_every_cause_that_something_spoke_for() -> None:
    shown = _shown(_tied(), why=True).split("\nWhy\n")[1]
    for part in (
        "NOT MEASURED  dir (named): nothing decides between it and none",
        "score 8 = 8 (weight) * 1 (explains 100 %)",
        "+ strong 8: text:2 SURE x",
        "OK  out (ruled out): oom_killed = false, so not: The kernel killed it.",
        "- strong 10: oom_killed = false, so not: The kernel killed it.",
    ):
        assert part in shown, shown
    assert "Why" not in _shown(_tied())


def test_without_a_hit_the_reason_is_that_there_was_none() -> None:
    assert "No guide's signature or condition was met." in _shown(diagnosed(_TIE, text="all is well"), why=True)


def test_where_nothing_could_be_read_nothing_is_called_well() -> None:
    assert _shown(diagnosed(_TIE)) == "Not measured: there was nothing to read.\n"


@pytest.mark.parametrize("form", [ReportFormat.MARKDOWN, ReportFormat.HTML, ReportFormat.TEXT])
def test_a_report_tells_a_tie_what_would_decide_and_what_was_ruled_out(form: ReportFormat) -> None:
    told = _written(form, _tied()).replace("\\_", "_").replace("&lt;", "<")
    for part in (
        "nconclusive",
        "What would decide",
        "test -d there",
        "Ruled out",
        "oom_killed = false, so not: The kernel killed it.",
    ):
        assert part in told, part


def test_in_ci_a_tie_is_an_error_as_it_could_not_be_decided() -> None:
    told = _written(ReportFormat.JUNIT, _tied())
    assert 'errors="2"' in told
    assert 'failures="0"' in told


def test_the_json_report_holds_the_reasoning_and_gives_it_back() -> None:
    report = report_of(_tied(), Redactor())
    assert report["state"] == "inconclusive"
    assert report["undecided"] == ["dir", "none"]
    assert report["next_probe"]["command"] == "test -d there"
    assert {check["cause"]: check["standing"] for check in report["checks"]} == {
        "dir": "named",
        "none": "named",
        "out": "ruled out",
    }
    assert diagnosis_of(report) == _tied()


def test_a_report_that_was_stored_before_there_was_a_ranking_can_be_read() -> None:
    report = report_of(_tied(), Redactor())
    old = {key: report[key] for key in ("verdicts", "looked_at", "unknown", "engine")}
    assert diagnosis_of(old).verdicts == _tied().verdicts


def test_secrets_are_hidden_in_the_reasons() -> None:
    one = guide("g", "it: when: sure and state\nother: when: hint and not sure")
    diagnosis = diagnosed(one, text="STATE\nSURE x and token-1\nHINT token-1")
    assert "token-1" in str(diagnosis.checks)
    assert "token-1" not in str(report_of(diagnosis, Redactor({"T": "token-1"})))


def test_how_sure_is_told_with_the_margin() -> None:
    one = guide("g", "it: when: sure\nother: when: hint")
    assert how_sure(diagnosed(one, text="SURE x")) == "likely"
    assert how_sure(diagnosed(one, text="SURE x HINT")) == "likely, ahead of the next cause by 50 %"
    assert how_sure(_tied()) == "inconclusive: nothing decides between 2 causes"
