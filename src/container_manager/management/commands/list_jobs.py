"""``manage.py list_jobs``: the newest jobs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.job_views import job_table
from container_manager.services.job_list import list_jobs


class Command(JobCommand):
    """Show the newest jobs, newest first."""

    help = "Show the newest jobs, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the filters."""
        parser.add_argument(
            "--status", help='only jobs in this status, or "active" for those that hold a place on a host'
        )
        parser.add_argument("--host", help="only jobs asked for, or tried, on this host")
        parser.add_argument("--name", help="only jobs with this in their name")
        parser.add_argument("--array", metavar="ID", type=int, help="only jobs of this array")
        parser.add_argument("--limit", type=int, default=50, help="how many to show at most (default: 50)")
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the list."""
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        with service_errors_told():
            jobs = list_jobs(
                status=options["status"],
                host=options["host"],
                name=options["name"],
                array=options["array"],
                limit=options["limit"],
            )
        screen = self.screen(options, width_when_piped=120)
        if options["as_json"]:
            screen.show_json([job.as_json() for job in jobs])
        elif jobs:
            screen.show(job_table(jobs))
        else:
            screen.show("No jobs.")
