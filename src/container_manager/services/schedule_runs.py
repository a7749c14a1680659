"""Making the jobs of schedules that are due.

Any worker may try; the schedule's locked row lets one of them through, and a unique row for each schedule and time
keeps its job from being made twice whatever happens. The database's clock says what is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, router, transaction
from django.db.models.functions import Now

from container_manager.lifecycle.status import TERMINAL
from container_manager.models import ContainerJob, JobSchedule, ScheduleTick
from container_manager.models.database_clock import database_now
from container_manager.scheduling.missed_runs import MOST_CAUGHT_UP, Due, MissedRuns, TickOutcome, plan
from container_manager.services.prepared import PreparedSelect
from container_manager.services.schedules import cron_of
from container_manager.services.submit import SubmittedJob, submit_job
from container_manager.validation.problems import InvalidJobError

#: The variable that tells a job for which time it was made, in ISO 8601 and UTC.
SCHEDULED_FOR_VARIABLE = "SICKBAY_SCHEDULED_FOR"

#: Times that are remembered of each schedule, the newest.
KEPT_TICKS = 1000

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class _Tick:
    """What came of one time."""

    outcome: TickOutcome
    job_id: int | None = None
    message: str = ""


def due_schedules() -> Sequence[int]:
    """Return the ids of the schedules that are due now, those first that have been for longest."""
    return [pk for (pk,) in _DUE()]


_DUE = PreparedSelect(
    lambda _: JobSchedule.objects.enabled().filter(next_due_at__lte=Now()).order_by("next_due_at").values_list("pk")
)


def run_schedule(schedule_id: int) -> Sequence[int]:
    """Make the jobs for which a schedule is due, and return their ids; none where another worker is doing it.

    What went wrong with its request is stored with the schedule and with the time. Safe to repeat.
    """
    with transaction.atomic():
        due = JobSchedule.objects.enabled().filter(pk=schedule_id, next_due_at__lte=Now())
        schedule = due.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).first()
        if schedule is None or schedule.next_due_at is None:
            return []
        now = database_now(router.db_for_write(JobSchedule))
        cron = cron_of(schedule)
        times = cron.between(schedule.next_due_at - _MOMENT, now, most=MOST_CAUGHT_UP)
        made = _run_all(schedule, plan(times, now, MissedRuns(schedule.missed_runs)))
        schedule.next_due_at = next(cron.after(now), None)
        schedule.save(update_fields=["next_due_at", "problem"])
        _forget_old_ticks(schedule)
        return made


def _run_all(schedule: JobSchedule, times: Sequence[Due]) -> Sequence[int]:
    # Where several jobs are wanted at once they are made up for one after the other.
    in_a_row = sum(due.is_wanted for due in times) > 1
    made = []
    for due in times:
        if ScheduleTick.objects.filter(schedule=schedule, due_at=due.at).exists():
            continue
        tick = _run(schedule, due, in_a_row=in_a_row)
        ScheduleTick.objects.create(
            schedule=schedule,
            due_at=due.at,
            job_id=tick.job_id,
            outcome=tick.outcome,
            message=tick.message,
            created_at=Now(),
        )
        if tick.job_id is not None:
            made.append(tick.job_id)
        if tick.outcome in {TickOutcome.MADE, TickOutcome.INVALID}:
            schedule.problem = tick.message
    return made


def _run(schedule: JobSchedule, due: Due, *, in_a_row: bool) -> _Tick:
    if not due.is_wanted:
        return _Tick(outcome=TickOutcome.MISSED)
    earlier = None if schedule.allow_overlap else _not_over(schedule)
    if earlier is not None and not in_a_row:
        return _Tick(outcome=TickOutcome.OVERLAP, message=f"job {earlier} was not over")
    try:
        # A savepoint: what a refused request has begun to write is taken back, and the refusal is stored.
        with transaction.atomic():
            job = _submit(schedule, due.at, after=earlier)
    except InvalidJobError as error:
        return _Tick(outcome=TickOutcome.INVALID, message=str(error))
    return _Tick(outcome=TickOutcome.MADE, job_id=job.id)


def _not_over(schedule: JobSchedule) -> int | None:
    """Return the last job of the schedule that is not over."""
    jobs = ContainerJob.objects.filter(schedule_tick__schedule=schedule).exclude(status__in=TERMINAL)
    return jobs.order_by("-pk").values_list("pk", flat=True).first()


def _submit(schedule: JobSchedule, due_at: datetime, *, after: int | None) -> SubmittedJob:
    request: dict[str, Any] = dict(schedule.request)
    moment = due_at.astimezone(UTC).isoformat()
    request["environment"] = {**(request.get("environment") or {}), SCHEDULED_FOR_VARIABLE: moment}
    request.setdefault("name", schedule.name)
    return submit_job(owner=schedule.owner, after_either=after, **request)


def _forget_old_ticks(schedule: JobSchedule) -> None:
    ticks = ScheduleTick.objects.filter(schedule=schedule)
    oldest_kept = ticks.order_by("-due_at").values_list("due_at", flat=True)[KEPT_TICKS - 1 : KEPT_TICKS].first()
    if oldest_kept is not None:
        ticks.filter(due_at__lt=oldest_kept).delete()
