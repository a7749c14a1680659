"""``manage.py restart_array ID``: run again what failed of an array."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from container_manager.management.job_command import JobCommand, current_user, service_errors_told
from container_manager.services.arrays import index_ranges, restart_failed


class Command(JobCommand):
    """Restart the failed jobs of an array."""

    help = "Restart those jobs of an array that failed or ran out of time. The others are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the array."""
        parser.add_argument("array_id", metavar="ID", type=int, help="the array's id")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Restart them and say which."""
        with service_errors_told():
            restarted = restart_failed(options["array_id"], asked_by=current_user())
        if restarted:
            self.stdout.write(f"Restarted {len(restarted)} of array {options['array_id']}: {index_ranges(restarted)}.")
        else:
            self.stdout.write(f"Nothing of array {options['array_id']} has failed.")
