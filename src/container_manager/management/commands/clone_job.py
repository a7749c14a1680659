"""``manage.py clone_job ID``: a new job from an old one's request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.core.management.base import CommandError, CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.request.job_request import JobRequestFields
from container_manager.services.clone import clone_job
from container_manager.validation.problems import InvalidJobError

#: Arguments that are moments: an ISO 8601 text, or seconds from now.
_MOMENTS = frozenset({"not_before", "deadline"})


class Command(JobCommand):
    """Clone a job."""

    help = "Make a new pending job from the request of another one, with some of its arguments changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job and the changes."""
        self.add_job_argument(parser)
        parser.add_argument("--host", help="the host's name; without it as the original; an empty one means any host")
        parser.add_argument(
            "--set",
            metavar="ARGUMENT=VALUE",
            action="append",
            default=[],
            dest="changes",
            help="an argument of create_job with its value as JSON, or as plain text; null takes it away",
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Clone the job and say which one it became."""
        # clone_job checks every argument and names the wrong ones.
        changes = cast("JobRequestFields", dict(_changes(options["changes"])))
        host = {} if options["host"] is None else {"host": options["host"] or None}
        with service_errors_told():
            try:
                made = clone_job(options["job_id"], **host, **changes)
            except InvalidJobError as error:
                raise CommandError(f"The job was not made:\n{error}") from error
        self.stdout.write(f"Job {made.id} is {made.status}: a clone of job {options['job_id']}.")


def _changes(given: Sequence[str]) -> list[tuple[str, object]]:
    changes = []
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise CommandError(f"--set takes ARGUMENT=VALUE, not {text!r}.")
        changes.append((name, _moment(_plain(value)) if name in _MOMENTS else _plain(value)))
    return changes


def _plain(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _moment(value: object) -> object:
    """Return what ``create_job`` takes; what is no moment is left to its checks."""
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return timedelta(seconds=value) if isinstance(value, int | float) else value
    except (ValueError, OverflowError):
        return value
