"""``manage.py queues [pause NAME | resume NAME]``: what waits in the queues, and letting them rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.table import Table
from rich.text import Text

from container_manager.management.job_command import JobCommand, current_user
from container_manager.management.screen import shown_duration, shown_time
from container_manager.services.queues import QueueDetail, list_queues, pause_queue, resume_queue
from container_manager.validation.problems import InvalidJobError


class Command(JobCommand):
    """Show the queues; pause or resume one."""

    help = (
        "Show what waits in each queue and what is active. Nothing more of a paused queue begins until it is resumed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("action", nargs="?", choices=("list", "pause", "resume"), default="list")
        parser.add_argument("name", nargs="?", metavar="NAME", help="the queue to pause or resume")
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Do it, and show the queues as they are then."""
        action, name = options["action"], options["name"]
        if (action == "list") is (name is not None):
            raise CommandError("list takes no name." if name else f"Name the queue to {action}.")
        try:
            if action == "pause":
                pause_queue(name, asked_by=current_user())
            elif action == "resume":
                resume_queue(name)
        except InvalidJobError as error:
            raise CommandError(str(error)) from error
        queues = list_queues()
        screen = self.screen(options, width_when_piped=120)
        if options["as_json"]:
            screen.show_json([queue.as_json() for queue in queues])
        else:
            screen.show(_table(queues))


def _table(queues: Sequence[QueueDetail]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("QUEUE", no_wrap=True)
    for heading in ("READY", "WAITING", "ACTIVE", "OLDEST READY"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("PAUSED (UTC)")
    for queue in queues:
        by = f" by {queue.paused_by}" if queue.paused_by else ""
        table.add_row(
            queue.name,
            str(queue.ready),
            str(queue.waiting),
            str(queue.active),
            shown_duration(queue.oldest_ready_seconds),
            Text(f"{shown_time(queue.paused_at)}{by}" if queue.is_paused else "", "yellow"),
        )
    return table
