"""The report as SARIF: what the standard asks, and what code scanning shows."""

from __future__ import annotations

import msgspec
import pytest

from sickbay.reports.sarif_report import sarif_of

from . import cases, sarif_model


@pytest.mark.parametrize("name", cases.ALL)
def test_every_report_keeps_the_standard(name: str) -> None:
    issue = cases.ALL[name]()
    run = sarif_model.read(sarif_of(issue))
    assert [result.rule_id for result in run.results] == [verdict.cause for verdict in issue.diagnosis.verdicts]


def test_the_model_of_the_standard_refuses_what_the_standard_refuses() -> None:
    for change in ({"version": "2.0.0"}, {"runs": None}, {"odd": 1}):
        with pytest.raises(msgspec.ValidationError):
            sarif_model.read({**sarif_of(cases.sick()), **change})
    log = sarif_of(cases.sick())
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(msgspec.ValidationError):
        sarif_model.read(log)


def test_a_rule_says_what_its_guide_says() -> None:
    (rule,) = sarif_model.read(sarif_of(cases.sick())).tool.driver.rules
    assert (rule.id, rule.name) == ("disk-full", "DiskFull")
    assert "Root cause: " in rule.help.text
    assert "**Root cause:** " in str(rule.help.markdown)
    assert rule.properties == {"tags": ["sickbay", "resource"], "severity": "high", "guide": "disk-full"}


def test_a_result_stands_at_the_line_of_its_first_evidence() -> None:
    (result,) = sarif_model.read(sarif_of(cases.sick())).results
    place = result.locations[0].physical_location
    assert place is not None
    assert place.region is not None
    assert place.region.snippet is not None
    assert (place.artifact_location.uri, place.region.start_line) == ("logs/job.log", 400)
    assert place.region.snippet.text == cases.FULL_DISK


def test_facts_have_a_logical_place() -> None:
    (result,) = sarif_model.read(sarif_of(cases.facts_alone())).results
    assert result.locations[0].logical_locations[0].name == "job.log"
    assert result.related_locations[0].logical_locations[0].name == "facts"


@pytest.mark.parametrize(("name", "level"), [("sick", "error"), ("possible", "warning"), ("unknown", "warning")])
def test_the_level_says_how_sure_it_is(name: str, level: str) -> None:
    results = sarif_model.read(sarif_of(cases.ALL[name]())).results
    assert {result.level for result in results} == {level}


def test_causes_between_which_nothing_decides_are_open_and_have_no_level() -> None:
    issue = cases.undecided()
    results = sarif_model.read(sarif_of(issue)).results
    assert [(result.kind, result.level) for result in results] == [("open", "none")] * 2
    first, second = issue.diagnosis.undecided
    assert f"Nothing decides between this and {second}." in results[0].message.text
    assert f"Nothing decides between this and {first}." in results[1].message.text


def test_what_is_decided_is_a_failure() -> None:
    for name in ("sick", "possible", "unknown"):
        assert {result.kind for result in sarif_model.read(sarif_of(cases.ALL[name]())).results} == {"fail"}


def test_the_healthy_has_no_result() -> None:
    assert sarif_model.read(sarif_of(cases.healthy())).results == []


def test_the_unknown_stands_at_the_last_line() -> None:
    (result,) = sarif_model.read(sarif_of(cases.unknown())).results
    place = result.locations[0].physical_location
    assert place is not None
    assert place.region is not None
    assert place.region.start_line == 2


def _fingerprint(text: str) -> str:
    (result,) = sarif_model.read(sarif_of(cases.made(text, {"exit_code": 1}))).results
    (fingerprint,) = result.partial_fingerprints.values()
    return fingerprint


def test_a_fingerprint_is_that_of_the_message_and_not_of_its_numbers_or_place() -> None:
    first = _fingerprint("12:00:01 [4711] OSError: [Errno 28] No space left on device: '/data/part-0001'\n")
    again = _fingerprint("ok\nok\n13:59:59 [815] OSError: [Errno 28] No space left on device: '/data/part-0002'\n")
    other = _fingerprint("12:00:01 [4711] tar: archive: No space left on device\n")
    assert first == again != other


def test_no_text_of_others_is_a_link_in_a_message() -> None:
    text = 'OCI runtime create failed: exec: "[x](https://evil.example)": executable file not found in $PATH: unknown'
    assert "](" not in str(sarif_of(cases.made(text))["runs"][0]["results"][0]["message"])
