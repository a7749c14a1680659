"""``manage.py cancel_job ID``: stop a job, or keep it from starting."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import CommandParser

from container_manager.lifecycle.status import Status
from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.services.cancel import Cancellation, cancel_job


class Command(JobCommand):
    """Cancel a job."""

    help = "Cancel a job: at once while it is pending, otherwise as soon as its worker has stopped it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job."""
        self.add_job_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Ask for the cancellation and say what became of it."""
        with service_errors_told():
            answer = cancel_job(options["job_id"], asked_by=_user())
        self.stdout.write(_in_words(answer))


def _in_words(answer: Cancellation) -> str:
    if answer.status is Status.CANCELLED:
        return f"Job {answer.job_id} is cancelled; it had not started."
    if answer.was_asked_before:
        return f"Job {answer.job_id} is being cancelled already; its worker stops it."
    return (
        f"Job {answer.job_id} is being cancelled; its worker stops it. `manage.py show_job {answer.job_id}` tells when."
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""  # a user id without a name, as in many containers
