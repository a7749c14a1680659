"""``manage.py cancel_job ID…``: stop jobs, or keep them from starting."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from container_manager.lifecycle.status import Status
from container_manager.management.job_command import JobCommand, current_user, service_errors_told, tell_of_each
from container_manager.services.cancel import Cancellation, Cancellations, cancel_job, cancel_jobs


class Command(JobCommand):
    """Cancel jobs."""

    help = "Cancel jobs: at once while they are pending, otherwise as soon as a worker has stopped them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the jobs, by their ids or by what they have in common."""
        parser.add_argument("job_ids", metavar="ID", type=int, nargs="*", help="ids, as list_jobs shows them")
        parser.add_argument("--queue", metavar="NAME", help="every job of this queue that is not over")
        parser.add_argument("--array", metavar="ID", type=int, help="every job of this array that is not over")
        parser.add_argument("--name", help="every job of exactly this name that is not over")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Ask for the cancellations and say what became of them."""
        filters = {name: options[name] for name in ("queue", "array", "name")}
        by_filter = any(value is not None for value in filters.values())
        if bool(options["job_ids"]) == by_filter:
            raise CommandError("Give either ids of jobs, or --queue, --array, or --name.")
        if by_filter:
            with service_errors_told():
                self.stdout.write(_all_in_words(cancel_jobs(asked_by=current_user(), **filters)))
        else:
            tell_of_each(options["job_ids"], _cancel, self.stdout.write)


def _cancel(job_id: int) -> str:
    return _in_words(cancel_job(job_id, asked_by=current_user()))


def _in_words(answer: Cancellation) -> str:
    if answer.status is Status.CANCELLED:
        return f"Job {answer.job_id} is cancelled; it had not started."
    if answer.was_asked_before:
        return f"Job {answer.job_id} is being cancelled already; its worker stops it."
    return (
        f"Job {answer.job_id} is being cancelled; its worker stops it. `manage.py show_job {answer.job_id}` tells when."
    )


def _all_in_words(answer: Cancellations) -> str:
    told = f"{len(answer.cancelled)} cancelled that had not started, {len(answer.cancelling)} being stopped"
    before = len(answer.asked_before)
    return f"{told}, {before} asked before." if before else f"{told}."
