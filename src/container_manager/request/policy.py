"""Checking what a job asks of the queue: where and when it may run, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from container_manager.scheduling.policy import DEFAULT_QUEUE, HIGHEST_PRIORITY, LEAST_PRIORITY, JobPolicy
from container_manager.validation.plain_values import (
    NumberRange,
    check_number,
    check_text,
    check_whole,
    kind_of,
    shown,
    text_defect,
)
from container_manager.validation.problems import Problems

Clock = Callable[[], datetime]
"""Tells the time, aware of its zone: the database's where jobs are stored."""


class PolicyFields(TypedDict, total=False):
    """The arguments of a job that are the queue's business. ``None`` means "not given"."""

    queue: str | None
    priority: int | None
    not_before: datetime | timedelta | None
    deadline: datetime | timedelta | None
    queue_timeout_seconds: float | None
    start_timeout_seconds: float | None
    timeout_seconds: float | None
    total_timeout_seconds: float | None
    dedup_key: str | None
    concurrency_key: str | None
    concurrency_limit: int | None
    host_labels: Mapping[str, str] | None


def system_clock() -> datetime:
    """Tell this machine's time."""
    return datetime.now(UTC)


_TIMEOUT = NumberRange(least=0.001, most=10 * 365 * 86_400, unit="seconds", example="3600")

_PRIORITY = NumberRange(least=LEAST_PRIORITY, most=HIGHEST_PRIORITY, unit="in priority", example="10")
_CONCURRENCY = NumberRange(least=1, most=1_000_000, unit="jobs", example="2")
_QUEUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_LONGEST_KEY = 200
_FARTHEST = timedelta(days=100 * 365)


def check_policy(fields: Mapping[str, object], problems: Problems, clock: Clock) -> JobPolicy:
    """Return what the job asks of the queue. ``pull_timeout_seconds`` is checked with what is pulled, not here."""
    not_before = _check_moment("not_before", fields.get("not_before"), problems, clock)
    deadline = _check_moment("deadline", fields.get("deadline"), problems, clock)
    if deadline is not None:
        _check_deadline(deadline, not_before, problems, clock)

    def timeout(name: str) -> float | None:
        return check_number(name, fields.get(name), problems, _TIMEOUT)

    return JobPolicy(
        queue=check_queue(fields.get("queue"), problems),
        priority=check_whole("priority", fields.get("priority"), problems, _PRIORITY) or 0,
        not_before=not_before,
        deadline=deadline,
        queue_timeout_seconds=timeout("queue_timeout_seconds"),
        start_timeout_seconds=timeout("start_timeout_seconds"),
        timeout_seconds=timeout("timeout_seconds"),
        total_timeout_seconds=timeout("total_timeout_seconds"),
        dedup_key=_check_key("dedup_key", fields.get("dedup_key"), problems, example="'report 2026-01-31'"),
        concurrency_key=_check_key("concurrency_key", fields.get("concurrency_key"), problems, example="'tenant 7'"),
        concurrency_limit=_check_concurrency(fields, problems),
        host_labels=_check_host_labels(fields.get("host_labels"), problems),
    )


def check_queue(value: object, problems: Problems, *, field: str = "queue") -> str:
    """Return a queue's name; the default one's for ``None`` and for what is wrong."""
    name = check_text(field, value, problems, example="'reports'") or DEFAULT_QUEUE
    if not _QUEUE.fullmatch(name):
        problems.add(
            field,
            f"{shown(name)} is no name of a queue.",
            "Use at most 100 letters, digits, dots, dashes and underscores, for example 'reports'.",
        )
        return DEFAULT_QUEUE
    return name


def _check_moment(field: str, value: object, problems: Problems, clock: Clock) -> datetime | None:
    example = f"Write for example {field}=timedelta(hours=1), or django.utils.timezone.now() + timedelta(hours=1)."
    match value:
        case None:
            return None
        case timedelta() if timedelta(0) <= value <= _FARTHEST:
            return clock() + value
        case timedelta():
            problems.add(field, f"must be from now to a hundred years from now, not {value}.", example)
        case datetime() if value.utcoffset() is None:
            problems.add(field, "has no time zone, so nobody knows which moment it is.", example)
        case datetime() if not datetime.min.replace(tzinfo=UTC) + _FARTHEST < value < clock() + _FARTHEST:
            problems.add(field, "is further away than a hundred years.", example)
        case datetime():
            return value.astimezone(UTC)
        case _:
            problems.add(field, f"must be a datetime or a timedelta from now, not {kind_of(value)}.", example)
    return None


def _check_deadline(deadline: datetime, not_before: datetime | None, problems: Problems, clock: Clock) -> None:
    if deadline <= clock():
        problems.add("deadline", "has passed already.", "Write a moment to come.")
    elif not_before is not None and deadline <= not_before:
        problems.add("deadline", "is not after not_before: the job could never run.", "Write a later one.")


def _check_key(field: str, value: object, problems: Problems, *, example: str) -> str:
    key = check_text(field, value, problems, example=example, longest=_LONGEST_KEY)
    if not key.isprintable() or key != key.strip():
        problems.add(field, "is not one line, or begins or ends with a space.", f"Write for example {example}.")
        return ""
    return key


def _check_concurrency(fields: Mapping[str, object], problems: Problems) -> int:
    limit = check_whole("concurrency_limit", fields.get("concurrency_limit"), problems, _CONCURRENCY)
    if limit is not None and not fields.get("concurrency_key"):
        problems.add("concurrency_limit", "limits nothing without a concurrency_key.", "Name what it is a limit of.")
    return 1 if limit is None else limit


def _check_host_labels(value: object, problems: Problems) -> dict[str, str]:
    example = "Write for example {'zone': 'eu'}."
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.add("host_labels", f"must be a dictionary, not {kind_of(value)}.", example)
        return {}
    labels: dict[str, str] = {}
    for name, label in value.items():
        if not isinstance(name, str) or not isinstance(label, str):
            problems.add("host_labels", f"{name!r}: names and values must be text.", example)
        elif not name or text_defect(name) or text_defect(label):
            problems.add("host_labels", f"{shown(name)} is no label.", example)
        else:
            labels[name] = label
    return labels
