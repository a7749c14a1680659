"""``manage.py restart_job ID…``: another attempt of jobs that failed, ran out of time, or were cancelled."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from container_manager.management.job_command import JobCommand, current_user, tell_of_each
from container_manager.services.restart import restart_job


class Command(JobCommand):
    """Restart jobs."""

    help = "Make jobs pending again that failed, ran out of time, or were cancelled. Their attempts are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the jobs."""
        parser.add_argument("job_ids", metavar="ID", type=int, nargs="+", help="ids, as list_jobs shows them")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Restart each job and say so; what cannot be restarted is told at the end."""
        tell_of_each(options["job_ids"], _restart, self.stdout.write)


def _restart(job_id: int) -> str:
    number = restart_job(job_id, asked_by=current_user()).next_attempt
    return f"Job {job_id} is pending again; its next attempt is number {number}."
