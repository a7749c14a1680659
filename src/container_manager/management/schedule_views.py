"""How schedules look on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from container_manager.management.screen import one_line, shown_time, visible
from container_manager.services.schedules import ScheduleDetail


def schedule_table(schedules: Sequence[ScheduleDetail]) -> RenderableType:
    """Return the list of schedules."""
    if not schedules:
        return "No schedules."
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("NAME", "CRON", "ZONE", "NEXT (UTC)", "LAST (UTC)", "OUTCOME"):
        table.add_column(heading, no_wrap=True)
    for schedule in schedules:
        last = schedule.last_ticks[0] if schedule.last_ticks else None
        table.add_row(
            Text(one_line(schedule.name)),
            schedule.cron,
            schedule.time_zone,
            shown_time(next(iter(schedule.next_times), None)) if schedule.is_enabled else "disabled",
            shown_time(last.due_at) if last else "",
            Text(last.outcome if last else "", "bold red" if schedule.problem else ""),
        )
    return table


def schedule_view(schedule: ScheduleDetail) -> RenderableType:
    """Return one schedule with its coming and its last times."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for label, value in _lines(schedule):
        table.add_row(f"  {label}", Text(visible(value)))
    return Group(Text(f"Schedule {one_line(schedule.name)}", "bold"), table)


def times_view(times: Sequence[datetime], time_zone: str) -> RenderableType:
    """Return times in UTC, each with the local one."""
    zone = ZoneInfo(time_zone)
    return "\n".join(f"{shown_time(moment)} UTC  {moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" for moment in times)


def _lines(schedule: ScheduleDetail) -> Iterator[tuple[str, str]]:
    yield "cron", f"{schedule.cron} in {schedule.time_zone}" + ("" if schedule.is_enabled else " (disabled)")
    yield "request", json.dumps(schedule.request, ensure_ascii=False)
    yield "missed runs", schedule.missed_runs.value
    yield "overlap", "allowed" if schedule.allow_overlap else "not allowed"
    if schedule.problem:
        yield "problem", schedule.problem
    for moment in schedule.next_times:
        yield "next", f"{shown_time(moment)} UTC"
    for tick in schedule.last_ticks:
        job = f", job {tick.job_id}" if tick.job_id is not None else ""
        message = f": {tick.message}" if tick.message else ""
        yield "was due", f"{shown_time(tick.due_at)} UTC, {tick.outcome}{job}{message}"
