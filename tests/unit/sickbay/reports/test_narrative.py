"""From facts to sentences, and to questions where no fact answers."""

from __future__ import annotations

import pytest

from sickbay.diagnosis.verdict import Certainty, Diagnosis, Verdict
from sickbay.facts.model import FactValue
from sickbay.reports.narrative import actual, expected, place, steps

SICK = Diagnosis(
    verdicts=(Verdict(cause="x", certainty=Certainty.LIKELY, title="t", repair="r", evidence=()),), looked_at=()
)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"image": "a:1", "command": "run it"}, "docker run --rm a:1 run it"),
        ({"image": "a b"}, "docker run --rm 'a b'"),
        (
            {
                "image": "a",
                "executor": "podman",
                "memory_limit_mb": 64.0,
                "cpu_limit": 0.5,
                "user": "1000",
                "working_directory": "/my app",
            },
            "podman run --rm --memory 64m --cpus 0.5 --user 1000 --workdir '/my app' a",
        ),
        ({"image": "a", "executor": "process", "command": "run it"}, "run it"),
        ({"command": "run it"}, "run it"),
    ],
)
def test_the_first_step_runs_what_is_known(values: dict[str, FactValue], line: str) -> None:
    assert steps(values, SICK, "")[0].code == line


def test_without_a_command_the_person_is_asked_and_the_diagnosis_is_shown_again() -> None:
    asked, again = steps({}, SICK, "sickbay diagnose job.log")
    assert asked.to_fill_in
    assert again.code == "sickbay diagnose job.log"


def test_of_the_healthy_nobody_is_asked_how_to_reproduce_it() -> None:
    healthy = Diagnosis(verdicts=(), looked_at=())
    told = [*steps({}, healthy, ""), *expected({}, healthy), *actual({}, healthy)]
    assert not [statement for statement in told if statement.to_fill_in]


def test_what_a_job_was_asked_for_is_what_is_expected() -> None:
    values: dict[str, FactValue] = {"image": "a", "timeout_seconds": 60.0, "memory_limit_mb": 64.0}
    (told,) = expected(values, SICK)
    assert told.text == "The command ends with exit code 0 within 60 seconds, using no more than 64 MB of memory."


def test_without_facts_the_person_says_what_was_expected_and_what_happened() -> None:
    assert expected({}, SICK)[0].to_fill_in
    assert actual({}, SICK)[0].to_fill_in


@pytest.mark.parametrize(
    ("exit_code", "told"),
    [(1, "exit code 1."), (137, "exit code 137 (128 + 9: SIGKILL)."), (255, "exit code 255."), (-1, "exit code -1.")],
)
def test_an_exit_code_is_told_with_its_signal(exit_code: int, told: str) -> None:
    assert told in actual({"exit_code": exit_code}, SICK)[0].text


def test_what_happened_is_one_paragraph() -> None:
    values: dict[str, FactValue] = {
        "job_status": "failed",
        "failure_reason": "oom",
        "oom_killed": True,
        "peak_memory_mb": 64.0,
        "memory_limit_mb": 64.0,
        "duration_seconds": 1.5,
    }
    (told,) = actual(values, SICK)
    assert told.text == (
        "The job is `failed`; the worker's reason is `oom`. "
        "The kernel killed one of its processes at its memory limit. "
        "It ran for 1.5 seconds. It used up to 64 MB of 64 MB of memory."
    )


def test_the_place_of_a_job_is_told_with_its_limits() -> None:
    values: dict[str, FactValue] = {
        "image": "app:1",
        "executor": "docker",
        "memory_limit_mb": 64.0,
        "cpu_limit": 0.5,
        "host_cpus": 8.0,
    }
    assert [(item.name, item.value) for item in place(values)] == [
        ("Image", "app:1"),
        ("Executor", "docker"),
        ("Limits of the command", "memory 64 MB, CPUs 0.5"),
        ("Host of the command", "CPUs 8"),
    ]
    assert place({}) == ()
