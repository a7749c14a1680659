"""Statements that are composed once: they answer as the query they were composed from would."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from django.db.models import DurationField
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from container_manager.models import Attempt, ContainerJob, ExecutorHost, JobEvent
from container_manager.services.leases import lease_end
from container_manager.services.prepared import PreparedSelect, PreparedUpdate
from container_manager.services.row_inserts import insert_rows
from container_manager.services.row_updates import RowUpdate, update_alike, update_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs() -> list[ContainerJob]:
    return [ContainerJob.objects.create_job(image="any", command=["true"], environment={"N": str(n)}) for n in range(5)]


def test_instances_are_as_a_query_would_return_them(jobs) -> None:
    select = PreparedSelect(lambda given: ContainerJob.objects.filter(pk__in=given.all("ids")).order_by("pk"))

    for ids in ([jobs[0].pk], [job.pk for job in jobs[:3]], [job.pk for job in jobs], [jobs[4].pk, 0]):
        found, asked = select(ids=ids), list(ContainerJob.objects.filter(pk__in=ids).order_by("pk"))
        assert [{**job.__dict__, "_state": None} for job in found] == [{**j.__dict__, "_state": None} for j in asked]


def test_tuples_deferred_columns_and_annotations_come_as_asked(jobs) -> None:
    names = PreparedSelect(
        lambda given: ContainerJob.objects.filter(pk=given.one("id")).values_list("pk", "created_at")
    )
    some = PreparedSelect(
        lambda given: ContainerJob.objects.filter(pk=given.one("id")).only("status").annotate(now=Now())
    )

    assert names(id=jobs[2].pk) == [(jobs[2].pk, ContainerJob.objects.get(pk=jobs[2].pk).created_at)]
    [job] = some(id=jobs[2].pk)
    assert job.get_deferred_fields() >= {"image", "command"}
    assert abs(job.now - datetime.now(UTC)) < timedelta(minutes=1)
    assert job.image == "any"


def test_a_form_makes_statements_of_its_own(jobs) -> None:
    select = PreparedSelect(
        lambda given, limit: ContainerJob.objects.filter(status=given.one("status")).order_by("-pk")[:limit]
    )

    assert [len(select(limit, status="pending")) for limit in (1, 3, 100)] == [1, 3, 5]
    assert select(3, status="running") == []


def test_a_list_of_any_length_is_served_by_few_statements(jobs) -> None:
    select = PreparedSelect(lambda given: ContainerJob.objects.filter(pk__in=given.all("ids")))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        for length in range(1, 9):
            select(ids=[jobs[0].pk] * length)

    slots = {query["sql"].partition(" IN (")[2].partition(")")[0].count(",") + 1 for query in queries}
    assert slots == {1, 2, 4, 8}


def test_a_second_call_composes_nothing(jobs) -> None:
    built = []

    def build(given):
        built.append(1)
        return ContainerJob.objects.filter(pk=given.one("id"))

    select = PreparedSelect(build)
    for job in jobs:
        assert select(id=job.pk) == [job]

    assert len(built) == 1


def test_an_update_writes_its_values_and_counts_its_rows(jobs) -> None:
    update = PreparedUpdate(
        lambda given: (
            ContainerJob.objects.filter(pk__in=given.all("ids"), status="pending"),
            {"lease_owner": given.one("worker"), "lease_expires_at": lease_end(given.one("seconds", DurationField()))},
        )
    )

    assert update(ids=[jobs[0].pk, jobs[1].pk, 0], worker="w1", seconds=timedelta(minutes=5)) == 2
    rows = dict(ContainerJob.objects.values_list("pk", "lease_owner"))
    assert [rows[job.pk] for job in jobs] == ["w1", "w1", "", "", ""]
    ends = ContainerJob.objects.get(pk=jobs[0].pk).lease_expires_at
    assert timedelta(minutes=4) < ends - datetime.now(UTC) < timedelta(minutes=6)


@pytest.mark.parametrize("many", [1, 2, 300])
def test_rows_are_inserted_with_what_the_database_makes(jobs, many: int) -> None:
    now = Now()
    rows = [
        JobEvent(
            job=jobs[n % 5],
            attempt_number=n or None,
            kind="told",
            status="pending",
            message=f"'{n}' ☃\n",
            created_at=now,
        )
        for n in range(many)
    ]

    insert_rows(rows, with_keys=True)

    stored = {event.pk: event for event in JobEvent.objects.filter(kind="told")}
    assert [stored[row.pk].message for row in rows] == [row.message for row in rows]
    assert [stored[row.pk].attempt_number for row in rows] == [row.attempt_number for row in rows]
    assert all(abs(event.created_at - datetime.now(UTC)) < timedelta(minutes=1) for event in stored.values())


def test_what_is_left_out_has_the_databases_defaults(jobs) -> None:
    host = ExecutorHost.objects.create(name="here", executor_type="fake")
    given = ("job", "host", "number", "created_at")

    whole, *others = [Attempt(job=job, host=host, number=1, created_at=Now()) for job in jobs]
    insert_rows(others[:2])  # also where some of the values are the database's to make
    insert_rows([whole, *others[2:]], only=given)

    assert Attempt.objects.filter(job__in=jobs).count() == len(jobs)
    for attempt in Attempt.objects.filter(job__in=jobs):
        whole = Attempt(job=attempt.job, host=host, number=1)
        left_out = [f.attname for f in Attempt._meta.concrete_fields if f.name not in {*given, "id", "log_archive"}]
        assert {name: getattr(attempt, name) for name in left_out} == {name: getattr(whole, name) for name in left_out}
        assert attempt.log_archive == ""


@pytest.mark.parametrize("many", [1, 5])
def test_rows_are_updated_each_with_values_of_every_kind(jobs, many: int) -> None:
    host = ExecutorHost.objects.create(name="here", executor_type="fake")
    attempts = [Attempt.objects.create(job=job, host=host, number=1) for job in jobs[:many]]
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    changes = [
        {
            "started_at": moment + timedelta(seconds=n) if n % 2 == 0 else None,
            "failure_message": f'it\'s {{"number": {n}}}, \\ and NULL',
            "exit_code": n or None,
            "oom_killed": n % 2 == 1,
            "cpu_seconds": 0.1 * n,
            "usage_sampled": ["pids_peak"] * n,
            "log_cursor": {"n": n, "deep": {"list": [None, "ü"]}},
            "usage_series": bytes([0, 255, n]) if n else None,
        }
        for n in range(many)
    ]

    found = update_rows(
        Attempt, (RowUpdate(where={"id": a.pk}, changes=c) for a, c in zip(attempts, changes, strict=True))
    )

    assert found == many
    for attempt, change in zip(attempts, changes, strict=True):
        attempt.refresh_from_db()
        series = attempt.usage_series
        stored = {name: getattr(attempt, name) for name in change} | {"usage_series": series and bytes(series)}
        assert stored == change


def test_text_that_is_too_long_is_refused_and_not_cut(jobs) -> None:
    host = ExecutorHost.objects.create(name="here", executor_type="fake")
    attempts = [Attempt.objects.create(job=job, host=host, number=1) for job in jobs[:2]]
    bounds_text = connection.vendor == "postgresql"  # SQLite does not

    with pytest.raises(DataError, match="too long") if bounds_text else nullcontext(), transaction.atomic():
        update_rows(Attempt, (RowUpdate(where={"id": a.pk}, changes={"handle": "x" * 501}) for a in attempts))

    assert {len(attempt.handle) for attempt in Attempt.objects.all()} == {0 if bounds_text else 501}


def test_rows_that_become_the_same_are_written_together(jobs) -> None:
    same, other = {"status": "running", "is_blocked": False}, {"status": "cancelling", "is_blocked": True}

    with CaptureQueriesContext(connection) as queries:
        update_alike(ContainerJob, {job.pk: dict(other if n == 2 else same) for n, job in enumerate(jobs)})

    assert len(queries) == 2
    rows = dict(ContainerJob.objects.values_list("pk", "status"))
    assert [rows[job.pk] for job in jobs] == ["running", "running", "cancelling", "running", "running"]
