"""``manage.py advise_limits``: which limits to give jobs, from what their runs have used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.core.management.base import CommandParser
from rich.table import Table
from rich.text import Text

from container_manager.management.duration_option import moment
from container_manager.management.job_command import JobCommand
from container_manager.management.screen import one_line
from container_manager.scheduling.advice import Certainty
from container_manager.services.limit_history import LimitAdvice, advise_limits


class Command(JobCommand):
    """Propose limits from history."""

    help = "Propose memory and CPU limits for jobs from what their runs have used, and say how sure that is."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which jobs to look at."""
        parser.add_argument("--name", default="", help="only jobs of this name")
        parser.add_argument("--image", default="", help="all jobs of this image, together")
        parser.add_argument("--since", type=moment, metavar="TIME", help="only runs since a moment, or 30d, 12h, …")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the advice."""
        found = advise_limits(name=options["name"], image=options["image"], since=options["since"])
        screen = self.screen(options)
        if options["format"] == "json":
            screen.show_json(msgspec.to_builtins(found))
        elif found:
            screen.show(_table(found), *(Text(line) for line in _reasons(found)))
        else:
            screen.show(Text("No run is over yet; there is nothing to learn from."))


def _table(found: Sequence[LimitAdvice]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("JOBS", overflow="ellipsis", no_wrap=True, min_width=8)
    for heading in ("RUNS", "PEAK", "MEMORY", "SURE", "BUSY", "HELD", "CPUS", "SURE"):
        table.add_column(heading, no_wrap=True, justify="right")
    for advice in found:
        memory, cpu = advice.memory, advice.cpu
        table.add_row(
            one_line(advice.name or advice.image),
            str(max(memory.runs, cpu.runs)),
            _told(memory.largest_peak_mb, "MB"),
            _change(advice.memory_limit_mb, memory.limit_mb, "MB"),
            _sure(memory.certainty),
            _told(cpu.busy_cores),
            "" if cpu.throttled_share is None else f"{cpu.throttled_share:.0%}",
            _change(advice.cpu_limit, cpu.limit_cores),
            _sure(cpu.certainty),
        )
    return table


def _reasons(found: Sequence[LimitAdvice]) -> Iterator[str]:
    for advice in found:
        for what, reasons in (("memory", advice.memory.reasons), ("CPU", advice.cpu.reasons)):
            for reason in reasons:
                yield f"{one_line(advice.name or advice.image)}: {what}: {reason}"


def _told(figure: float | None, unit: str = "") -> str:
    return "" if figure is None else f"{figure:g} {unit}".rstrip()


def _change(now: float | None, proposed: float | None, unit: str = "") -> str:
    if proposed is None:
        return _told(now, unit)
    before = "none" if now is None else f"{now:g}"
    return _told(proposed, unit) if now == proposed else f"{before} → {_told(proposed, unit)}"


def _sure(certainty: Certainty) -> str:
    return "too few" if certainty is Certainty.NOT_ENOUGH_RUNS else certainty.value
