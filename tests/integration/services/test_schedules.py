"""Schedules make their jobs once for each time, by the database's clock."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from container_manager.models import ContainerJob, JobSchedule, ScheduleTick
from container_manager.models.database_clock import database_now
from container_manager.services import schedule_runs
from container_manager.services.cancel import cancel_job
from container_manager.services.schedule_runs import due_schedules, run_schedule
from container_manager.services.schedules import (
    UnknownScheduleError,
    create_schedule,
    delete_schedule,
    list_schedules,
    load_schedule,
    preview_times,
    set_enabled,
    update_schedule,
)
from container_manager.validation.problems import InvalidJobError
from tests.integration.services.job_graphs import claim, run

REQUEST = {"image": "debian", "command": ["true"], "environment": {"A": "b"}}


def _now() -> datetime:
    return database_now(connection.alias)


@pytest.fixture
def due(store):
    """Makes a schedule of once a day, which was due some minutes ago and on so many days before.

    Its next time is far enough away that it does not come while a test runs.
    """

    def make(days: int = 0, **fields: object) -> JobSchedule:
        passed = _now().replace(second=0, microsecond=0) - timedelta(minutes=5)
        create_schedule(**{"name": "m", "cron": f"{passed.minute} {passed.hour} * * *", "request": REQUEST, **fields})
        JobSchedule.objects.update(next_due_at=passed - timedelta(days=days))
        return JobSchedule.objects.get(name="m")

    return make


def _outcomes(schedule: JobSchedule) -> list[str]:
    return list(schedule.ticks.order_by("due_at").values_list("outcome", flat=True))


def test_a_due_time_makes_one_job_and_the_next_time_is_set(due) -> None:
    schedule = due()
    due_at = schedule.next_due_at
    assert due_schedules() == [schedule.pk]

    (made,) = run_schedule(schedule.pk)

    assert run_schedule(schedule.pk) == due_schedules() == []
    job = ContainerJob.objects.get(pk=made)
    assert job.name == "m"
    assert job.environment == {"A": "b", "SICKBAY_SCHEDULED_FOR": due_at.astimezone(UTC).isoformat()}
    tick = schedule.ticks.get()
    assert (tick.job, tick.due_at, tick.outcome) == (job, due_at, "made")
    schedule.refresh_from_db()
    assert schedule.next_due_at > _now()


def test_a_time_that_made_its_job_does_not_make_another_when_it_comes_again(due) -> None:
    schedule = due()
    due_at = schedule.next_due_at
    assert len(run_schedule(schedule.pk)) == 1
    # As after the database's own clock was set back.
    JobSchedule.objects.update(next_due_at=due_at)
    assert run_schedule(schedule.pk) == []
    assert schedule.ticks.count() == 1


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_of_a_worker_does_not_matter(due, monkeypatch, hours) -> None:
    schedule = due()
    shifted = timedelta(hours=hours)
    now, seconds = timezone.now, time.time
    monkeypatch.setattr(timezone, "now", lambda: now() + shifted)
    monkeypatch.setattr(time, "time", lambda: seconds() + shifted.total_seconds())
    assert len(run_schedule(schedule.pk)) == 1
    assert run_schedule(schedule.pk) == []
    schedule.refresh_from_db()
    assert timedelta(hours=23) < schedule.next_due_at - _now() <= timedelta(days=1)
    assert abs(schedule.ticks.get().created_at - _now()) < timedelta(minutes=5)


def test_of_the_missed_times_the_latest_is_made_up_for(due) -> None:
    schedule = due(days=3)
    assert len(run_schedule(schedule.pk)) == 1
    assert _outcomes(schedule) == ["missed", "missed", "missed", "made"]


def test_missed_times_are_skipped(due) -> None:
    schedule = due(days=3, missed_runs="skip")
    assert run_schedule(schedule.pk) == []
    assert _outcomes(schedule) == ["missed"] * 4


def test_all_missed_times_are_made_up_for_one_after_the_other(due) -> None:
    schedule = due(days=2, missed_runs="all")
    first, second, third = (ContainerJob.objects.get(pk=pk) for pk in run_schedule(schedule.pk))
    assert [job.is_blocked for job in (first, second, third)] == [False, True, True]
    run(first, exit_code=1)
    assert claim(third) is None
    run(ContainerJob.objects.get(pk=second.pk))
    assert claim(third) is not None


def test_where_jobs_may_overlap_missed_ones_do(due) -> None:
    schedule = due(days=2, missed_runs="all", allow_overlap=True)
    made = run_schedule(schedule.pk)
    assert len(made) == 3
    assert not ContainerJob.objects.filter(is_blocked=True).exists()


def test_after_years_only_the_newest_times_are_made_up_for(due) -> None:
    schedule = due(days=3 * 365, missed_runs="latest")
    assert len(run_schedule(schedule.pk)) == 1
    assert schedule.ticks.count() == 100


def test_no_job_is_made_while_an_earlier_one_is_not_over(due) -> None:
    schedule = due()
    (first,) = run_schedule(schedule.pk)
    _again(schedule)
    assert run_schedule(schedule.pk) == []
    assert _outcomes(schedule) == ["made", "overlap"]
    assert schedule.ticks.get(outcome="overlap").message == f"job {first} was not over"

    cancel_job(first)
    _again(schedule)
    assert len(run_schedule(schedule.pk)) == 1


def test_a_schedule_that_may_overlap_makes_a_job_each_time(due) -> None:
    schedule = due(allow_overlap=True)
    run_schedule(schedule.pk)
    _again(schedule)
    assert len(run_schedule(schedule.pk)) == 1


def _again(schedule: JobSchedule) -> None:
    """Let the schedule be due again: what it did so far moves an hour into the past."""
    for tick in schedule.ticks.order_by("due_at"):
        ScheduleTick.objects.filter(pk=tick.pk).update(due_at=tick.due_at - timedelta(hours=1))
    JobSchedule.objects.update(next_due_at=schedule.next_due_at)


def test_a_request_that_has_become_invalid_is_told_on_the_schedule_and_mended(due, store) -> None:
    host = store.host("north")
    schedule = due(request={**REQUEST, "host": "north"})
    host.name = "south"
    host.save()

    assert run_schedule(schedule.pk) == []
    assert load_schedule("m").problem.startswith("host: no host is called 'north'. Did you mean 'south'?")
    assert _outcomes(schedule) == ["invalid"]
    assert not ContainerJob.objects.exists()

    update_schedule("m", request={**REQUEST, "host": "south"})
    assert load_schedule("m").problem == ""


def test_old_times_are_forgotten(due, monkeypatch) -> None:
    monkeypatch.setattr(schedule_runs, "KEPT_TICKS", 3)
    schedule = due(days=9)
    run_schedule(schedule.pk)
    assert _outcomes(schedule) == ["missed", "missed", "made"]


def test_a_disabled_schedule_makes_nothing_and_misses_nothing(due) -> None:
    schedule = due(days=5)
    detail = set_enabled("m", is_enabled=False)
    assert detail.next_times == ()
    assert due_schedules() == run_schedule(schedule.pk) == []
    detail = set_enabled("m", is_enabled=True)
    assert len(detail.next_times) == 5
    assert due_schedules() == []


def test_a_deleted_schedule_leaves_its_jobs(due) -> None:
    schedule = due()
    run_schedule(schedule.pk)
    delete_schedule("m")
    assert ContainerJob.objects.count() == 1
    assert list_schedules() == []
    with pytest.raises(UnknownScheduleError, match=r"No schedule is called 'm'. There is none yet."):
        load_schedule("m")


def test_a_preview_begins_now_in_the_zone_that_is_asked_for(db) -> None:
    first, second = preview_times("0 12 * * *", "Asia/Tokyo", count=2)
    assert first.hour == 3
    assert first > _now()
    assert second - first == timedelta(days=1)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"cron": "0 25 * * *"}, "cron: its hour '25' cannot be read."),
        ({"time_zone": "Europe/Pari"}, "time_zone: 'Europe/Pari' is no time zone. Did you mean 'Europe/Paris'?"),
        ({"missed_runs": "none"}, "missed_runs: cannot be 'none'. It is one of skip, latest, all."),
        ({"request": {"image": "Debian"}}, "request['image']:"),
        (
            {"request": {"image": "debian", "env": {}}},
            "request['env']: is no field of a job. Did you mean 'environment'?",
        ),
        ({"request": "debian"}, "request: must be a dictionary, not str."),
        ({"request": {"image": {1, 2}}}, "request: holds what JSON cannot hold."),
        ({"request": {**REQUEST, "dedup_key": "k"}}, "request['dedup_key']: cannot be asked for again and again."),
        ({"request": {**REQUEST, "after": 1}}, "request['after']: cannot be asked for again and again."),
        ({"request": {**REQUEST, "secret_names": ["A"]}}, "A schedule keeps no secret values"),
        ({"request": {**REQUEST, "host": "nowhere"}}, "request['host']: no host is called 'nowhere'."),
        ({"name": ""}, "name: is missing."),
        ({"name": "a\nb"}, "name: must be one line"),
        ({"crno": "1"}, "crno: is nothing of a schedule that is set here. Did you mean 'cron'?"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_stored(store, fields, told) -> None:
    with pytest.raises(InvalidJobError, match=re.escape(told)):
        create_schedule(**{"name": "s", "cron": "0 4 * * *", "request": REQUEST, **fields})
    assert not JobSchedule.objects.exists()


def test_a_name_is_taken_once_and_is_not_changed(store) -> None:
    create_schedule(name="s", cron="0 4 * * *", request=REQUEST)
    with pytest.raises(InvalidJobError, match="there is a schedule called 's' already"):
        create_schedule(name="s", cron="0 4 * * *", request=REQUEST)
    with pytest.raises(InvalidJobError, match="name: is nothing of a schedule that is set here"):
        update_schedule("s", name="t")
