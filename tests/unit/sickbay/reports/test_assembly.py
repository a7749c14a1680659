"""The report as a record: its sections, and nothing secret in any of them."""

from __future__ import annotations

import json

import msgspec
import pytest

from sickbay.redaction import Redactor
from sickbay.reports.formats import ReportFormat
from sickbay.reports.issue import HEALTHY_TITLE
from sickbay.reports.rendering import written

from . import cases


def test_the_evidence_is_marked_in_its_context() -> None:
    (log,) = cases.sick().logs
    (marked,) = [line for part in log.parts for line in part.lines if line.is_evidence]
    assert (marked.number, marked.text) == (400, cases.FULL_DISK)
    assert log.shown + sum(part.left_out for part in log.parts) + log.left_out_after == log.line_count == 401


def test_a_verdict_brings_what_its_guide_says() -> None:
    issue = cases.sick()
    best = issue.diagnosis.best
    assert best is not None
    guide = issue.guide_of(best)
    assert guide is not None
    assert (issue.title, guide.slug, guide.class_) == (best.title, "disk-full", "resource")


def test_the_healthy_has_a_title_and_what_was_looked_at() -> None:
    issue = cases.healthy()
    assert issue.title == HEALTHY_TITLE
    assert issue.actual[-1].text == "No known problem was found in text (1 line)."
    assert list(issue.error_lines()) == []


def test_of_the_unknown_the_last_lines_are_the_error_messages() -> None:
    issue = cases.unknown()
    assert issue.is_unknown
    assert [evidence.text for evidence in issue.error_lines()] == ["frob", "quux gave up"]


def test_every_text_is_printable() -> None:
    def texts(value: object) -> list[str]:
        match value:
            case str():
                return [value]
            case dict():
                return [text for item in value.items() for part in item for text in texts(part)]
            case list() | tuple():
                return [text for item in value for text in texts(item)]
            case _:
                return []

    told = texts(msgspec.to_builtins(cases.hostile()))
    assert all(text.replace("\n", "").isprintable() for text in told)
    assert not [text for text in told if "\x1b" in text]


@pytest.mark.parametrize("form", ReportFormat)
def test_a_secret_comes_out_in_no_format_wherever_it_stands(form: ReportFormat) -> None:
    secret = "s3cr3t&<value>"
    log = f"login with {secret}\nOSError: [Errno 28] No space left on device: '/data/{secret}'\n{secret}\n"
    facts = {"exit_code": 1, "command": f"copy --token {secret}", "image": f"reg/{secret}", "working_directory": secret}
    issue = cases.made(log, facts, name=f"{secret}.log", redactor=Redactor({"T": secret}), again=f"diagnose {secret}")
    told = written(issue, form)
    assert "[secret:T]" in told
    for part in (secret, "s3cr3t"):
        assert part not in told


@pytest.mark.parametrize("form", ReportFormat)
@pytest.mark.parametrize("name", cases.ALL)
def test_every_case_can_be_written_in_every_format(name: str, form: ReportFormat) -> None:
    told = written(cases.ALL[name](), form)
    assert told.endswith("\n")
    assert told.encode()
    assert "None" not in told.replace("None.", "")


@pytest.mark.parametrize("name", cases.ALL)
def test_json_has_the_keys_of_a_diagnosis_and_every_section(name: str) -> None:
    issue = cases.ALL[name]()
    data = json.loads(written(issue, ReportFormat.JSON))
    assert set(data) == {
        "state",
        "verdicts",
        "looked_at",
        "margin",
        "undecided",
        "checks",
        "next_probe",
        "not_measured",
        "unknown",
        "engine",
        "title",
        "origin",
        "made",
        "environment",
        "steps_to_reproduce",
        "expected_behavior",
        "actual_behavior",
        "error_messages",
        "configuration",
        "variables",
        "logs",
    }
    assert data["unknown"] is issue.is_unknown
    assert [verdict["cause"] for verdict in data["verdicts"]] == [each.cause for each in issue.diagnosis.verdicts]
    assert data["configuration"] == issue.facts
    assert data["made"] == "2026-11-22T13:05:00Z"
