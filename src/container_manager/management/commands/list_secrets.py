"""``manage.py list_secrets``: the stored secrets, without their values."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from rich.table import Table
from rich.text import Text

from container_manager.management.job_command import JobCommand
from container_manager.management.screen import one_line, shown_time
from container_manager.services.secrets import list_secrets


class Command(JobCommand):
    """List the stored secrets."""

    help = "List the stored secrets: names, who may use them, and since when. Values are never shown."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer."""
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the list."""
        secrets = list_secrets()
        screen = self.screen(options)
        if options["as_json"]:
            screen.show_json([secret.as_json() for secret in secrets])
            return
        if not secrets:
            self.stdout.write("There is no secret yet. `manage.py set_secret NAME` stores one.")
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("NAME", "OWNER", "GROUP", "CHANGED (UTC)"):
            table.add_column(heading, no_wrap=True)
        table.add_column("DESCRIPTION", min_width=10)
        for secret in secrets:
            description = Text(one_line(secret.description), no_wrap=True, overflow="ellipsis")
            group = secret.group or ("" if secret.owner else "any")
            changed = shown_time(secret.changed_at)
            table.add_row(Text(secret.name), Text(secret.owner), Text(group), changed, description)
        screen.show(table)
