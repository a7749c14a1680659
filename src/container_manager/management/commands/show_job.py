"""``manage.py show_job ID``: one job, its attempts, and what happened to it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.job_views import job_view
from container_manager.services.job_detail import load_job_detail


class Command(JobCommand):
    """Show one job, its attempts, and what happened to it."""

    help = "Show one job, its attempts, and what happened to it. Secret values are masked."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job."""
        self.add_job_argument(parser)
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the job."""
        with service_errors_told():
            job = load_job_detail(options["job_id"])
        screen = self.screen(options)
        if options["as_json"]:
            screen.show_json(job.as_json())
        else:
            screen.show(job_view(job))
