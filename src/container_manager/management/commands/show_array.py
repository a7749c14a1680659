"""``manage.py show_array ID``: an array at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser
from rich.table import Table
from rich.text import Text

from container_manager.lifecycle.status import Status
from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.screen import one_line, shown_duration, shown_time
from container_manager.services.arrays import ArraySummary, index_ranges, summarize_array


class Command(JobCommand):
    """Show an array at a glance."""

    help = "Show an array: how many of its jobs are in which status, what failed and why, and how long they ran."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the array."""
        parser.add_argument("array_id", metavar="ID", type=int, help="the array's id")
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the summary."""
        with service_errors_told():
            array = summarize_array(options["array_id"])
        screen = self.screen(options)
        if options["as_json"]:
            screen.show_json(array.as_json())
            return
        title = f"Array {array.id}" + (f"  {one_line(array.name)}" if array.name else "")
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold", ratio=1)
        for label, value in _lines(array):
            table.add_row(f"  {label}", Text(value))
        screen.show(Text(title, "bold"), table)


def _lines(array: ArraySummary) -> Iterator[tuple[str, str]]:
    yield "jobs", f"{array.size}" + (f", at most {array.max_running} at once" if array.max_running else "")
    yield "created", shown_time(array.created_at)
    counts = ", ".join(f"{array.counts[status]} {status}" for status in Status if status in array.counts)
    yield "status", counts or "its jobs were deleted"
    if array.failed_indexes:
        yield "failed", index_ranges(array.failed_indexes)
    if (first := array.first_failure) is not None:
        why = first.title or first.failure_reason
        yield "first failure", f"index {first.index} (job {first.job_id}): {one_line(why)}"
    if (ran := array.durations) is not None:
        shown = [shown_duration(seconds) for seconds in (ran.shortest, ran.median, ran.longest)]
        yield "ran", f"{shown[0]} to {shown[2]}, half of them at most {shown[1]}"
