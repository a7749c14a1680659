"""``manage.py list_templates``: the stored environment templates."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from rich.table import Table
from rich.text import Text

from container_manager.management.job_command import JobCommand
from container_manager.management.screen import one_line, shown_time
from container_manager.services.environment_templates import list_templates


class Command(JobCommand):
    """Show the stored environment templates."""

    help = "Show the stored environment templates."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how to show them."""
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the list."""
        templates = list_templates()
        screen = self.screen(options)
        if options["as_json"]:
            screen.show_json([template.as_json() for template in templates])
            return
        if not templates:
            screen.show("No templates. `manage.py set_template NAME FILE` stores one.")
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("NAME", "CHANGED (UTC)", "DESCRIPTION"):
            table.add_column(heading, no_wrap=True, overflow="ellipsis")
        for template in templates:
            table.add_row(Text(template.name), shown_time(template.changed_at), Text(one_line(template.description)))
        screen.show(table)
