"""Every attempt that ends badly gets its diagnosis, from what is stored of it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from container_manager.models import Attempt, Diagnosis
from container_manager.troubleshooting import log_text
from container_manager.troubleshooting.diagnoses import diagnose_attempt
from container_manager.troubleshooting.facts import facts_of_attempt
from tests.integration.troubleshooting.conftest import EndedAttempt, store_log
from tests.redaction.one_each import FEW, ONE_EACH, evidence, leaked, named

NOT_FOUND = (
    b"failed to create task for container: OCI runtime create failed: runc create failed: "
    b"unable to start container process: "
    b'exec: "nosuch": executable file not found in $PATH: unknown'
)


def _diagnosed(attempt: Attempt) -> Diagnosis:
    diagnose_attempt(attempt.pk)
    return Diagnosis.objects.get(attempt=attempt)


def test_a_refused_start_is_diagnosed_from_the_platform_s_own_words(ended: EndedAttempt) -> None:
    attempt = ended(failure_reason="launch_refused", exit_code=127, failure_message=NOT_FOUND.decode())
    diagnosis = _diagnosed(attempt)
    assert diagnosis.cause == "container-command-not-found"
    assert diagnosis.title
    assert diagnosis.engine_version
    evidence = diagnosis.report["verdicts"][0]["evidence"]
    assert {"launch"} <= {each["source"] for each in evidence}


def test_a_kill_at_the_memory_limit_is_confirmed_by_the_facts_alone(ended: EndedAttempt) -> None:
    diagnosis = _diagnosed(
        ended(failure_reason="oom", exit_code=137, signal=9, oom_killed=True, job={"memory_limit": 64})
    )
    assert (diagnosis.cause, diagnosis.certainty) == ("container-oom-killed", "confirmed")


def test_a_success_whose_child_was_killed_for_memory_is_diagnosed(ended: EndedAttempt) -> None:
    assert _diagnosed(ended(exit_code=0, oom_kills=1)).cause == "container-oom-killed"


def test_a_timeout_is_diagnosed(ended: EndedAttempt) -> None:
    attempt = ended(failure_reason="timeout", exit_code=137, signal=9, job={"timeout_seconds": 5})
    assert _diagnosed(attempt).cause == "job-timeout-exceeded"


def test_a_success_gets_no_diagnosis(ended: EndedAttempt) -> None:
    attempt = ended(exit_code=0, stdout=b"bash: line 1: nosuch: command not found\n")
    diagnose_attempt(attempt.pk)
    assert not Diagnosis.objects.exists()


def test_an_attempt_that_is_gone_is_no_error(db: None) -> None:
    diagnose_attempt(12345)
    assert not Diagnosis.objects.exists()


def test_asking_again_replaces_the_answer(ended: EndedAttempt) -> None:
    attempt = ended(failure_reason="exit_code", exit_code=127, stderr=b"sh: nosuch: not found\n")
    first = _diagnosed(attempt)
    assert _diagnosed(attempt).pk == first.pk


def test_what_no_guide_knows_is_unknown_with_what_was_looked_at(ended: EndedAttempt) -> None:
    diagnosis = _diagnosed(ended(failure_reason="lost", failure_message="quux"))
    assert diagnosis.report["looked_at"]


def test_no_secret_is_stored_in_any_form_or_from_any_place(ended: EndedAttempt) -> None:
    secret = "canary/value+1"
    forms = [secret, base64.b64encode(secret.encode()).decode(), quote(secret, safe=""), json.dumps(secret)]
    url = "https://bot:canary-password@registry.example/v2/"
    attempt = ended(
        failure_reason="launch_refused",
        exit_code=1,
        failure_message=f"cannot start with KEY={secret}: Get {url}",
        stdout=" ".join(forms).encode(),
        stderr=f"frob: gave up on {secret} at {url}\n".encode(),
        job={
            "command": ["sh", secret],
            "environment": {"KEY": secret},
            "secret_names": ["KEY"],
            "image": "example/app:1",
        },
    )
    stored = json.dumps(_diagnosed(attempt).report)
    assert [form for form in [*forms, "canary"] if form in stored] == []
    assert "[secret:KEY]" in stored


def test_no_kind_of_secret_is_stored(ended: EndedAttempt) -> None:
    stored = ""
    for few in FEW:
        attempt = ended(failure_reason="exit_code", exit_code=127, stderr=evidence(*few).encode())
        diagnosis = _diagnosed(attempt)
        stored += f"{diagnosis.title} {json.dumps(diagnosis.report)}\n"
    assert leaked(stored) == []
    assert len(named(stored)) == len(ONE_EACH)


def test_no_secret_of_the_job_is_stored(ended: EndedAttempt) -> None:
    attempt = ended(
        failure_reason="exit_code",
        exit_code=127,
        stderr=b"sh: --key=hunter2-token: not found\n",
        job={
            "command": ["sh", "-c", "run --key=hunter2-token"],
            "environment": {"KEY": "hunter2-token"},
            "secret_names": ["KEY"],
        },
    )
    report = _diagnosed(attempt).report
    assert "hunter2" not in json.dumps(report)
    assert "[secret:KEY]" in json.dumps(report)


def test_the_facts_of_an_attempt_are_all_there(ended: EndedAttempt) -> None:
    attempt = ended(
        failure_reason="stopped_externally",
        exit_code=143,
        signal=15,
        outside_signal=15,
        peak_memory_bytes=32 * 1024 * 1024,
        stdout=b"out\n",
        stderr=b"err\n",
        job={
            "command": ["sh", "-c", "a b"],
            "memory_limit": 64,
            "cpu_limit": 1.5,
            "timeout_seconds": 60,
            "user": "1000",
            "working_directory": "/work",
        },
    )
    facts = facts_of_attempt(attempt)
    values = {name: fact.value for name, fact in facts.values.items()}
    assert values == {
        "image": "example/app:1",
        "command": "sh -c 'a b'",
        "memory_limit_mb": 64,
        "cpu_limit": 1.5,
        "timeout_seconds": 60,
        "user": "1000",
        "working_directory": "/work",
        "cancel_requested": False,
        "job_status": "failed",
        "failure_reason": "stopped_externally",
        "exit_code": 143,
        "signal": 15,
        "outside_signal": 15,
        "oom_killed": False,
        "peak_memory_mb": 32.0,
        "duration_seconds": timedelta(seconds=5).total_seconds(),
        "executor": "docker",
    }
    assert [text.name for text in facts.texts] == ["stderr", "stdout"]


def test_of_a_long_log_the_beginning_and_the_end_are_looked_at(
    ended: EndedAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_text, "HEAD_BYTES", 10)
    monkeypatch.setattr(log_text, "TAIL_BYTES", 10)
    attempt = ended(failure_reason="exit_code", exit_code=1)
    for number in range(20):
        store_log(attempt, "stdout", b"line %02d..\n" % number, position=number, offset=number * 10)
    (text,) = facts_of_attempt(attempt).texts
    assert text.data == "line 00..\n\n[… 180 bytes cut …]\nline 19..\n".encode()


def test_a_log_that_is_no_text_is_looked_at_all_the_same(ended: EndedAttempt) -> None:
    attempt = ended(failure_reason="exit_code", exit_code=127, stderr=b"\x00\xff\xfe\nsh: nosuch: not found\n")
    assert _diagnosed(attempt).cause == "container-command-not-found"
