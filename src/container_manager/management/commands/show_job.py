"""``manage.py show_job ID``: one job, its attempts, and what happened to it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.job_views import job_view
from container_manager.management.usage_view import usage_view
from container_manager.services.job_detail import load_job_detail
from container_manager.services.job_usage import load_usage


class Command(JobCommand):
    """Show one job, its attempts, and what happened to it."""

    help = "Show one job, its attempts, and what happened to it. Secret values are masked."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job."""
        self.add_job_argument(parser)
        self.add_json_argument(parser)
        parser.add_argument("--usage", action="store_true", help="also what its attempts have used over time")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the job."""
        with service_errors_told():
            job = load_job_detail(options["job_id"])
            usage = load_usage(options["job_id"]) if options["usage"] else []
        screen = self.screen(options)
        if options["as_json"]:
            told = {"usage": [attempt.as_json() for attempt in usage]} if options["usage"] else {}
            screen.show_json(job.as_json() | told)
        else:
            screen.show(job_view(job), *([usage_view(usage)] if usage else []))
