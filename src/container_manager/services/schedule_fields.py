"""What can be said of a schedule, and checking it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from django.contrib.auth.base_user import AbstractBaseUser

from container_manager.models import JobSchedule
from container_manager.scheduling.cron import check_cron, check_time_zone
from container_manager.scheduling.missed_runs import MissedRuns
from container_manager.services.schedule_request import check_schedule_request
from container_manager.validation.plain_values import check_switch, check_text, shown
from container_manager.validation.problems import Problems, did_you_mean


class ScheduleChanges(TypedDict, total=False):
    """What can be changed of a schedule. ``None`` means the default.

    ``cron`` has five fields, read in ``time_zone`` (default: UTC). ``request`` has the arguments of ``submit_job`` as
    plain values that JSON can hold. ``missed_runs`` is one of
    :class:`~container_manager.scheduling.missed_runs.MissedRuns`, ``latest`` unless given. Unless ``allow_overlap`` is
    set, no job is made while an earlier one of the schedule is not over.
    """

    cron: str
    request: Mapping[str, object]
    time_zone: str | None
    missed_runs: str | None
    allow_overlap: bool | None


class ScheduleFields(ScheduleChanges, total=False):
    """What a schedule is made of. ``name`` is one line of at most 200 characters that no other schedule has."""

    name: str


def checked_columns(
    fields: Mapping[str, object], problems: Problems, *, owner: AbstractBaseUser | None, complete: bool
) -> Mapping[str, Any]:
    """Return the columns for what was given and, if it must be ``complete``, for what was not."""
    checks: Mapping[str, Callable[[object], Any]] = {
        "name": lambda value: _check_new_name(value, problems),
        "cron": lambda value: check_cron(value, problems),
        "time_zone": lambda value: check_time_zone(value, problems),
        "missed_runs": lambda value: _check_missed_runs(value, problems),
        "allow_overlap": lambda value: check_switch("allow_overlap", value, problems, default=False),
        "request": lambda value: check_schedule_request(value, problems, owner=owner),
    }
    known = {name: check for name, check in checks.items() if complete or name != "name"}
    for field in fields.keys() - known.keys():
        otherwise = f"There are {', '.join(known)}."
        problems.add(
            field, "is nothing of a schedule that is set here.", did_you_mean(field, known, otherwise=otherwise)
        )
    return {name: check(fields.get(name)) for name, check in known.items() if complete or name in fields}


def _check_new_name(value: object, problems: Problems) -> str:
    if value is None or value == "":
        problems.add("name", "is missing.", "Write for example 'nightly report'.")
        return ""
    name = check_text("name", value, problems, example="'nightly report'", longest=200)
    if name and (not name.isprintable() or not name.strip()):
        problems.add("name", "must be one line that can be shown.", "Write for example 'nightly report'.")
    elif name and JobSchedule.objects.filter(name=name).exists():
        problems.add("name", f"there is a schedule called {name!r} already.", "Take another name, or change that one.")
    return name


def _check_missed_runs(value: object, problems: Problems) -> str:
    known = [policy.value for policy in MissedRuns]
    if isinstance(value, str) and value in known:
        return value
    if value is not None:
        problems.add("missed_runs", f"cannot be {shown(value)}.", f"It is one of {', '.join(known)}.")
    return MissedRuns.LATEST.value
