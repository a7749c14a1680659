from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from container_manager.services.errors import UnknownJobError
from container_manager.services.job_detail import load_job_detail
from tests.integration.stored import FINISHED


def test_a_job_is_shown_with_its_attempts_its_diagnosis_and_its_history(store) -> None:
    job = store.ended("failed", attempt={"exit_code": 127, "failure_reason": "exit_code"}, host=store.host("north"))
    store.diagnosis(job.last_attempt)
    detail = load_job_detail(job.pk)
    attempt = detail.last_attempt
    assert (detail.id, detail.requested_host, attempt.number, attempt.exit_code) == (job.pk, "north", 1, 127)
    assert attempt.duration_seconds == 75.0
    assert attempt.diagnosis.cause == "container-command-not-found"
    assert [event.kind for event in detail.events] == ["submitted"]


def test_secret_values_are_masked_wherever_they_stand(store) -> None:
    job = store.ended(
        "failed",
        environment={"TOKEN": "hunter2", "URL": "http://x:hunter2@y"},
        secret_names=["TOKEN"],
        command=["curl", "-H", "Auth: hunter2"],
        labels={"note": "hunter2"},
        attempt={"failure_message": "curl: hunter2 refused", "failure_reason": "exit_code"},
    )
    job.events.create(kind="failed", status="failed", message="hunter2")
    detail = load_job_detail(job.pk)
    assert detail.environment == {"TOKEN": "[secret:TOKEN]", "URL": "http://x:[secret:TOKEN]@y"}
    assert "hunter2" not in json.dumps(detail.as_json())


def test_a_secret_inside_another_is_masked_with_it_and_an_empty_one_masks_nothing(store) -> None:
    job = store.job(
        environment={"A": "key", "B": "keyring", "C": ""}, secret_names=["A", "B", "C"], command=["x", "keyring key ey"]
    )
    assert load_job_detail(job.pk).command == ("x", "[secret:B] [secret:A] ey")


def test_as_json_is_plain_and_has_iso_times(store) -> None:
    job = store.ended("completed", mounts=[{"kind": "tmpfs", "target": "/t"}])
    shown = json.loads(json.dumps(load_job_detail(job.pk).as_json()))
    assert shown["status"] == "completed"
    assert shown["finished_at"] == "2026-01-02T03:05:20Z"
    assert shown["mounts"][0]["kind"] == "tmpfs"


def test_the_number_of_queries_does_not_depend_on_the_history(store) -> None:
    job = store.ended("failed", attempt={"failure_reason": "exit_code"})
    with CaptureQueriesContext(
        connection,
    ) as few:
        load_job_detail(job.pk)
    for _ in range(5):
        attempt = store.attempt(job, ended_at=FINISHED)
        store.diagnosis(attempt)
        job.events.create(kind="note", status="failed")
    with CaptureQueriesContext(connection) as many:
        load_job_detail(job.pk)
    assert len(many) == len(few)


def test_an_unknown_job_is_told(db) -> None:
    with pytest.raises(UnknownJobError):
        load_job_detail(7)
