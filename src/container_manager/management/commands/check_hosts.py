"""``manage.py check_hosts``: is every host there and well."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from container_manager.management.job_command import JobCommand
from container_manager.management.screen import Screen, one_line
from container_manager.troubleshooting.hosts import guide_for_health
from container_manager.worker.checkup import HostCheck, check_hosts

_PROBLEMS = 1
_NOT_MEASURED = 3


class Command(JobCommand):
    """Check every host."""

    help = (
        "Check every host: is it there and well, what has it, how full is it. Exits with 0 when all are well, with 1 "
        "when one is not, and with 3 when nothing could be measured."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which hosts, and how to show them."""
        parser.add_argument("names", nargs="*", metavar="HOST", help="only these hosts")
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Check, show, and exit."""
        try:
            checks = check_hosts(options["names"])
        except DatabaseError as error:
            self.stderr.write(f"The hosts could not be read from the database: {error}")
            sys.exit(_NOT_MEASURED)
        guides = {check.name: guide_for_health(check.detail) for check in checks if not check.healthy}
        self._show(checks, guides, options)
        if not checks:
            sys.exit(_NOT_MEASURED)
        if guides:
            sys.exit(_PROBLEMS)

    def _show(self, checks: Sequence[HostCheck], guides: dict[str, str], options: dict[str, Any]) -> None:
        screen = self.screen(options, width_when_piped=120)
        if options["as_json"]:
            screen.show_json([asdict(check) | {"guide": guides.get(check.name)} for check in checks])
        elif checks:
            screen.show(_table(checks), *_problems(checks, guides))
        else:
            self._show_none(screen, options["names"])

    def _show_none(self, screen: Screen, names: Sequence[str]) -> None:
        which = f" called {', '.join(names)}" if names else ""
        screen.show(
            Text(f"There is no host{which} in use. The first `manage.py run_job` registers what this machine has.")
        )


def _table(checks: Sequence[HostCheck]) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("HOST", "TYPE", "HEALTH", "RUNNING", "MEMORY", "CPUS", "ANSWERED IN", "VERSION"):
        table.add_column(heading, no_wrap=True)
    for check in checks:
        health = ("well", "green") if check.healthy else ("not well", "red")
        table.add_row(
            Text(check.name),
            check.executor_type,
            Text(*health) if check.takes_new_work else Text(f"{health[0]}, draining", health[1]),
            f"{check.running} of {check.max_running}",
            "" if check.memory_mb is None else f"{check.memory_mb} MB",
            "" if check.cpus is None else f"{check.cpus:g}",
            "" if check.latency_seconds is None else f"{check.latency_seconds * 1000:.0f} ms",
            Text(one_line(check.version)),
        )
    return table


def _problems(checks: Sequence[HostCheck], guides: dict[str, str]) -> list[RenderableType]:
    return [
        Text(f"\n{check.name}: {one_line(check.detail)}\nMore: sickbay guide show {guides[check.name]}")
        for check in checks
        if not check.healthy
    ]
