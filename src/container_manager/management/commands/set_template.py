"""``manage.py set_template NAME FILE``: store an environment template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from container_manager.environment.showing import show
from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.screen import visible
from container_manager.services.environment_templates import InvalidTemplateError, read_template_file, set_template


class Command(JobCommand):
    """Store an environment template, or replace one."""

    help = "Store an environment template, or replace one. It is checked first, and so is what includes it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name and the text."""
        parser.add_argument("name", metavar="NAME", help="what jobs and other templates call it")
        parser.add_argument("file", metavar="FILE", help="the file with its text")
        parser.add_argument("--description", help="a line about it, for list_templates")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Store it, or say why not."""
        with service_errors_told():
            content = read_template_file(Path(options["file"]))
            try:
                stored = set_template(options["name"], content, description=options["description"])
            except InvalidTemplateError as error:
                raise CommandError(visible(str(error))) from error
        for warning in stored.warnings:
            self.stderr.write(show(warning))
        self.stdout.write(f"The environment template {stored.name} is {'stored' if stored.is_new else 'replaced'}.")
