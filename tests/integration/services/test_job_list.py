from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from container_manager.services.errors import InvalidFilterError
from container_manager.services.job_list import list_jobs


def ids(jobs) -> list[int]:
    return [job.id for job in jobs]


def test_the_newest_jobs_come_first_and_no_more_than_asked(store) -> None:
    jobs = [store.job() for _ in range(4)]
    assert ids(list_jobs(limit=3)) == [job.pk for job in reversed(jobs[1:])]


def test_jobs_are_filtered_by_status_host_and_name(store) -> None:
    pending, running = store.job(name="Nightly report"), store.running(host=store.host("north"))
    failed = store.ended("failed", attempt={"host": store.host("south")})
    assert ids(list_jobs(status="pending")) == [pending.pk]
    assert ids(list_jobs(status="active")) == [running.pk]
    assert ids(list_jobs(host="north")) == [running.pk]
    assert ids(list_jobs(host="south")) == [failed.pk]
    assert ids(list_jobs(name="nightly")) == [pending.pk]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"status": "faild"}, "Did you mean 'failed'?"),
        ({"status": "x"}, "active"),
        ({"host": "x"}, "There is none yet"),
    ],
)
def test_a_filter_that_matches_nothing_that_exists_is_told(db, chosen, said) -> None:
    with pytest.raises(InvalidFilterError) as caught:
        list_jobs(**chosen)
    assert said in str(caught.value)


def test_a_line_tells_of_the_last_attempt(store) -> None:
    job = store.ended("failed", attempt={"exit_code": 1, "failure_reason": "exit_code"})
    attempt = store.attempt(job, host=store.host("north"), exit_code=2, failure_reason="exit_code")
    store.diagnosis(attempt, cause="command-failed")
    (line,) = list_jobs()
    assert (line.attempts, line.host, line.exit_code, line.cause) == (2, "north", 2, "command-failed")
    assert json.dumps(line.as_json())


def test_the_number_of_queries_does_not_depend_on_the_number_of_jobs(store) -> None:
    store.ended()
    with CaptureQueriesContext(connection) as few:
        list_jobs()
    for _ in range(5):
        store.diagnosis(store.ended("failed").last_attempt)
    with CaptureQueriesContext(connection) as many:
        list_jobs()
    assert len(many) == len(few)
