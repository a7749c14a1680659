"""Schedules: made, changed, looked at. Their jobs are made in ``services/schedule_runs.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

import msgspec
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import router, transaction
from django.db.models.functions import Now

from container_manager.models import JobSchedule, ScheduleTick
from container_manager.models.database_clock import database_now
from container_manager.scheduling.cron import Cron, check_cron, check_time_zone, next_times
from container_manager.scheduling.missed_runs import MissedRuns, TickOutcome
from container_manager.services.errors import ServiceError
from container_manager.services.schedule_fields import ScheduleChanges, ScheduleFields, checked_columns
from container_manager.validation.problems import Problems, did_you_mean

#: Coming and past times that are shown.
_SHOWN = 5


class UnknownScheduleError(ServiceError):
    """No schedule has this name."""

    def __init__(self, name: str) -> None:
        known = list(JobSchedule.objects.values_list("name", flat=True))
        listed = f"There are {', '.join(known)}." if known else "There is none yet."
        super().__init__(f"No schedule is called {name!r}. {did_you_mean(name, known, otherwise=listed)}")


@dataclass(frozen=True, kw_only=True)
class TickDetail:
    """One time at which a schedule was due, and what came of it."""

    due_at: datetime
    outcome: TickOutcome
    job_id: int | None
    message: str


@dataclass(frozen=True, kw_only=True)
class ScheduleDetail:
    """A schedule with its coming times and its last ones, both from the nearest on. Times are in UTC."""

    name: str
    cron: str
    time_zone: str
    request: Mapping[str, Any]
    missed_runs: MissedRuns
    allow_overlap: bool
    is_enabled: bool
    problem: str
    """Why its last time could not make a job; empty where it could."""
    next_times: tuple[datetime, ...]
    """Empty while it is disabled."""
    last_ticks: tuple[TickDetail, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def create_schedule(
    *, is_enabled: bool = True, owner: AbstractBaseUser | None = None, **fields: Unpack[ScheduleFields]
) -> ScheduleDetail:
    """Store a schedule: it makes a job of its ``request``, owned by ``owner``, at each time of its ``cron``.

    The arguments are those of :class:`~container_manager.services.schedule_fields.ScheduleFields`.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`, which names everything that is wrong.
    """
    problems = Problems()
    columns = checked_columns(fields, problems, owner=owner, complete=True)
    problems.raise_if_any()
    owner_id = None if owner is None else owner.pk
    schedule = JobSchedule(**columns, is_enabled=is_enabled, owner_id=owner_id, created_at=Now())
    _store(schedule, problem="")
    return load_schedule(schedule.name)


def update_schedule(name: str, /, **changes: Unpack[ScheduleChanges]) -> ScheduleDetail:
    """Change a schedule; what is not given stays. It goes on with the next time from now on.

    Raises :class:`UnknownScheduleError`, and :class:`~container_manager.validation.problems.InvalidJobError`, which
    names everything that is wrong.
    """
    problems = Problems()
    with transaction.atomic():
        schedule = _locked(name)
        columns = checked_columns(changes, problems, owner=schedule.owner, complete=False)
        problems.raise_if_any()
        for column, value in columns.items():
            setattr(schedule, column, value)
        _store(schedule, problem="")
    return load_schedule(name)


def set_enabled(name: str, *, is_enabled: bool) -> ScheduleDetail:
    """Let a schedule make jobs, or no more. Times that pass while it is disabled are not missed.

    Raises :class:`UnknownScheduleError`.
    """
    with transaction.atomic():
        schedule = _locked(name)
        if schedule.is_enabled != is_enabled:
            schedule.is_enabled = is_enabled
            _store(schedule, problem="" if is_enabled else schedule.problem)
    return load_schedule(name)


def delete_schedule(name: str) -> None:
    """Delete a schedule; the jobs that it made stay. Raises :class:`UnknownScheduleError`."""
    with transaction.atomic():
        _locked(name).delete()


def list_schedules() -> Sequence[ScheduleDetail]:
    """Return every schedule, by name."""
    now = _now()
    return [_detail(schedule, now) for schedule in JobSchedule.objects.order_by("name")]


def load_schedule(name: str) -> ScheduleDetail:
    """Return one schedule. Raises :class:`UnknownScheduleError`."""
    schedule = JobSchedule.objects.filter(name=name).first()
    if schedule is None:
        raise UnknownScheduleError(name)
    return _detail(schedule, _now())


def preview_times(cron: str, time_zone: str | None = None, *, count: int = _SHOWN) -> Sequence[datetime]:
    """Return the next times of an expression, in UTC, by the database's clock.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`.
    """
    problems = Problems()
    read = Cron(expression=check_cron(cron, problems), time_zone=check_time_zone(time_zone, problems))
    problems.raise_if_any()
    return next_times(read, _now(), count=count)


def cron_of(schedule: JobSchedule) -> Cron:
    """Return when a stored schedule is due."""
    return Cron(expression=schedule.cron, time_zone=schedule.time_zone)


def _now() -> datetime:
    return database_now(router.db_for_write(JobSchedule))


def _locked(name: str) -> JobSchedule:
    schedule: JobSchedule | None = JobSchedule.objects.select_for_update().filter(name=name).first()
    if schedule is None:
        raise UnknownScheduleError(name)
    return schedule


def _store(schedule: JobSchedule, *, problem: str) -> None:
    schedule.next_due_at = _next_due(schedule)
    schedule.problem = problem
    schedule.save()


def _next_due(schedule: JobSchedule) -> datetime | None:
    return next(cron_of(schedule).after(_now()), None) if schedule.is_enabled else None


def _detail(schedule: JobSchedule, now: datetime) -> ScheduleDetail:
    ticks = ScheduleTick.objects.filter(schedule=schedule).order_by("-due_at")[:_SHOWN]
    return ScheduleDetail(
        name=schedule.name,
        cron=schedule.cron,
        time_zone=schedule.time_zone,
        request=schedule.request,
        missed_runs=MissedRuns(schedule.missed_runs),
        allow_overlap=schedule.allow_overlap,
        is_enabled=schedule.is_enabled,
        problem=schedule.problem,
        next_times=tuple(next_times(cron_of(schedule), now, count=_SHOWN)) if schedule.is_enabled else (),
        last_ticks=tuple(
            TickDetail(due_at=t.due_at, outcome=TickOutcome(t.outcome), job_id=t.job_id, message=t.message)
            for t in ticks
        ),
    )
