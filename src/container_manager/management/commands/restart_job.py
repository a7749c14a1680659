"""``manage.py restart_job ID…``: another attempt of jobs that failed, ran out of time, or were cancelled."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from container_manager.management.job_command import JobCommand, current_user
from container_manager.services.errors import ServiceError
from container_manager.services.restart import restart_job


class Command(JobCommand):
    """Restart jobs."""

    help = "Make jobs pending again that failed, ran out of time, or were cancelled. Their attempts are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the jobs."""
        parser.add_argument("job_ids", metavar="ID", type=int, nargs="+", help="ids, as list_jobs shows them")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Restart each job and say so; what cannot be restarted is told at the end."""
        refused = []
        for job_id in options["job_ids"]:
            try:
                restarted = restart_job(job_id, asked_by=current_user())
            except ServiceError as error:
                refused.append(str(error))
            else:
                self.stdout.write(
                    f"Job {job_id} is pending again; its next attempt is number {restarted.next_attempt}."
                )
        if refused:
            raise CommandError("\n".join(refused))
