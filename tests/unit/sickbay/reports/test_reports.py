"""Reports: one form that stays as it is, and one for people."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import sickbay
from sickbay.diagnosis.verdict import Certainty, Diagnosis, Evidence, Looked, Verdict
from sickbay.redaction import Redactor
from sickbay.reports.json_report import InvalidReportError, diagnosis_of, report_of
from sickbay.reports.terminal import print_diagnosis

SICK = Verdict(
    cause="disk-full",
    certainty=Certainty.LIKELY,
    title="The disk is full",
    repair="Make room with `docker system df`.",
    evidence=(
        Evidence(source="stderr", line=3, text="write: No space left on device", column=8),
        Evidence(source="facts", line=None, text="The exit code is 1."),
    ),
    guide="disk-full",
    class_="resource",
)
OTHER = Verdict(cause="other", certainty=Certainty.POSSIBLE, title="Another", repair="Wait.", evidence=())
UNKNOWN = Verdict(cause="unknown", certainty=Certainty.UNKNOWN, title="Who knows", repair="Read it.", evidence=())
LOOKED = (Looked(source="stderr", detail="3 lines"), Looked(source="context", detail="exit_code = 1"))


def _shown(diagnosis: Diagnosis, **options: bool) -> str:
    output = io.StringIO()
    print_diagnosis(diagnosis, Console(file=output, width=80), **options)
    return output.getvalue()


def test_a_report_has_this_form() -> None:
    report = report_of(Diagnosis(verdicts=(SICK,), looked_at=LOOKED), Redactor())
    assert report == {
        "state": "fail",
        "verdicts": [
            {
                "cause": "disk-full",
                "certainty": "likely",
                "title": "The disk is full",
                "class": "resource",
                "evidence": [
                    {"source": "stderr", "line": 3, "text": "write: No space left on device", "column": 8},
                    {"source": "facts", "line": None, "text": "The exit code is 1.", "column": None},
                ],
                "repair": "Make room with `docker system df`.",
                "guide": "disk-full",
            }
        ],
        "looked_at": [
            {"source": "stderr", "detail": "3 lines", "last_lines": []},
            {"source": "context", "detail": "exit_code = 1", "last_lines": []},
        ],
        "margin": None,
        "undecided": [],
        "checks": [],
        "next_probe": None,
        "not_measured": "",
        "unknown": False,
        "engine": sickbay.__version__,
    }


@pytest.mark.parametrize("verdicts", [(), (SICK,), (SICK, OTHER), (UNKNOWN,)])
def test_a_report_gives_its_diagnosis_back(verdicts: tuple[Verdict, ...]) -> None:
    diagnosis = Diagnosis(verdicts=verdicts, looked_at=LOOKED)
    report = report_of(diagnosis, Redactor())
    assert diagnosis_of(report) == diagnosis
    assert report["unknown"] is (UNKNOWN in verdicts)


def test_a_report_of_another_form_is_refused() -> None:
    with pytest.raises(InvalidReportError, match="verdicts"):
        diagnosis_of({"verdicts": 5})


def test_secrets_are_hidden_in_every_text_of_a_report() -> None:
    told = "it says token-1 here"
    verdict = Verdict(
        cause="some",
        certainty=Certainty.LIKELY,
        title=told,
        repair=told,
        evidence=(Evidence(source="stderr", line=1, text=told),),
    )
    looked = (Looked(source="context", detail=told),)
    report = report_of(Diagnosis(verdicts=(verdict,), looked_at=looked), Redactor({"T": "token-1"}))
    assert "token-1" not in str(report)
    assert str(report).count("[secret:T]") == 4


def test_a_problem_is_shown_with_certainty_evidence_repair_and_guide() -> None:
    shown = _shown(Diagnosis(verdicts=(SICK, OTHER), looked_at=LOOKED))
    assert shown.splitlines()[0] == "The disk is full"
    for part in (
        "likely · disk-full",
        "stderr:3",
        "facts",
        "docker system df",
        "sickbay guide show disk-full",
        "Another",
    ):
        assert part in shown


def test_the_unknown_is_shown_with_what_was_looked_at() -> None:
    last = Evidence(source="stderr", line=3, text="gave up")
    looked = (
        Looked(source="stderr", detail="3 lines", last_lines=(last,)),
        Looked(source="context", detail="exit_code = 1"),
        Looked(source="context", detail="image = x"),
    )
    shown = _shown(Diagnosis(verdicts=(UNKNOWN,), looked_at=looked))
    assert "stderr  3 lines, the last of them:\n  stderr:3  gave up\n" in shown
    assert "context  exit_code = 1, image = x" in shown


def test_the_healthy_is_one_line_unless_more_is_asked_for() -> None:
    healthy = Diagnosis(verdicts=(), looked_at=LOOKED)
    assert _shown(healthy).count("\n") == 1
    assert "3 lines" in _shown(healthy, show_looked_at=True)


@pytest.mark.parametrize("before", [0, 200, 5000])
def test_of_a_long_line_the_part_around_the_match_is_shown(before: int) -> None:
    text = "x" * before + "no space left" + "y" * 5000
    evidence = Evidence(source="text", line=1, text=text, column=before + 1)
    verdict = Verdict(cause="x", certainty=Certainty.LIKELY, title="t", repair="r", evidence=(evidence,))
    shown = _shown(Diagnosis(verdicts=(verdict,), looked_at=()))
    assert "nospaceleft" in "".join(shown.split())
    assert len(shown) < 600


def test_a_match_is_found_again_behind_what_was_hidden() -> None:
    text = "user a-very-long-secret-of-somebody: no space left"
    evidence = Evidence(source="text", line=1, text=text, column=text.index("no space") + 1)
    verdict = Verdict(cause="x", certainty=Certainty.LIKELY, title="t", repair="r", evidence=(evidence,))
    report = report_of(Diagnosis(verdicts=(verdict,), looked_at=()), Redactor({"T": "a-very-long-secret-of-somebody"}))
    shown = report["verdicts"][0]["evidence"][0]
    assert shown["text"][shown["column"] - 1 :] == "no space left"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_ends_with_blanks_or_is_wider_than_the_terminal(width: int) -> None:
    output = io.StringIO()
    print_diagnosis(Diagnosis(verdicts=(SICK, OTHER), looked_at=LOOKED), Console(file=output, width=width))
    lines = output.getvalue().splitlines()
    assert all(len(line) <= width and line == line.rstrip() for line in lines)


def test_brackets_are_text_and_no_markup() -> None:
    verdict = Verdict(cause="x", certainty=Certainty.LIKELY, title="[red]x[/]", repair="[bold]", evidence=())
    assert "[red]x[/]" in _shown(Diagnosis(verdicts=(verdict,), looked_at=()))


def test_characters_that_act_on_a_terminal_are_not_passed_on() -> None:
    evidence = Evidence(source="text", line=1, text="a\x1b]0;title\x07b\x9b31m")
    verdict = Verdict(cause="x", certainty=Certainty.LIKELY, title="t\x1b[2J", repair="r\x1b[2J", evidence=(evidence,))
    shown = _shown(Diagnosis(verdicts=(verdict,), looked_at=()))
    assert not set("\x1b\x07\x9b") & set(shown)
