"""``manage.py host_history NAME``: what health checks have found about a host."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from rich.table import Table
from rich.text import Text

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.screen import one_line, shown_time
from container_manager.services.host_health import HostCheckDetail, host_history
from container_manager.services.hosts import known_host


class Command(JobCommand):
    """Show a host's history."""

    help = "Show what health checks have found about a host, newest first: every change, and a line now and then."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the host."""
        parser.add_argument("name", metavar="HOST", help="the host's name, as check_hosts shows it")
        parser.add_argument("--limit", type=int, default=50, help="how many lines (default: 50)")
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show it."""
        with service_errors_told():
            known_host(options["name"])
        checks = host_history(options["name"], limit=options["limit"])
        screen = self.screen(options)
        if options["as_json"]:
            screen.show_json([asdict(check) | {"at": check.at.isoformat()} for check in checks])
        elif checks:
            screen.show(_table(checks))
        else:
            screen.show(Text("It was never checked: a worker does that (manage.py process_container_jobs)."))


def _table(checks: tuple[HostCheckDetail, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("AT (UTC)", "HEALTH", "ANSWERED IN"):
        table.add_column(heading, no_wrap=True)
    table.add_column("CHECKED BY")
    table.add_column("DETAIL")
    for check in checks:
        table.add_row(
            shown_time(check.at),
            Text("well", "green") if check.is_healthy else Text("not well", "red"),
            "" if check.latency_seconds is None else f"{check.latency_seconds * 1000:.0f} ms",
            Text(one_line(check.worker) or "hand"),
            Text(one_line(check.detail)),
        )
    return table
