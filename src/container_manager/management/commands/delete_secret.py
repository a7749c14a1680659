"""``manage.py delete_secret NAME``: delete a stored secret."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.services.secrets import delete_secret


class Command(JobCommand):
    """Delete a secret."""

    help = "Delete a stored secret. Jobs that name it are refused from now on; attempts that run keep it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name."""
        parser.add_argument("name", metavar="NAME")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Delete it."""
        with service_errors_told():
            delete_secret(options["name"])
        self.stdout.write(f"The secret {options['name']!r} is deleted.")
