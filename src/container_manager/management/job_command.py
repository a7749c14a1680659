"""What the commands about jobs share."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError, CommandParser

from container_manager.management.screen import USUAL_WIDTH, Screen
from container_manager.services.errors import ServiceError, UnknownJobError


class JobCommand(BaseCommand):
    """A command about jobs: system checks are left out, so that it also works where something is misconfigured."""

    requires_system_checks = ()

    def add_job_argument(self, parser: CommandParser) -> None:
        """Take the id of one job."""
        parser.add_argument("job_id", metavar="ID", type=int, help="the job's id, as list_jobs shows it")

    def add_json_argument(self, parser: CommandParser) -> None:
        """Take ``--json``."""
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print JSON, and nothing else, on stdout"
        )

    def screen(self, options: dict[str, object], *, width_when_piped: int = USUAL_WIDTH) -> Screen:
        """Return what this command shows its answer on."""
        return Screen(self.stdout, no_color=bool(options.get("no_color")), width_when_piped=width_when_piped)


@contextmanager
def service_errors_told() -> Iterator[None]:
    """Turn what a service refuses into a command's error, with what to do next."""
    try:
        yield
    except ServiceError as error:
        raise CommandError(_with_fix(error)) from error


def tell_of_each(job_ids: Sequence[int], act: Callable[[int], str], write: Callable[[str], object]) -> None:
    """Write what ``act`` says of each job; what a service refuses is told at the end as the command's error."""
    refused = []
    for job_id in job_ids:
        try:
            write(act(job_id))
        except ServiceError as error:
            refused.append(_with_fix(error))
    if refused:
        raise CommandError("\n".join(refused))


def _with_fix(error: ServiceError) -> str:
    fix = " `manage.py list_jobs` shows the jobs there are." if isinstance(error, UnknownJobError) else ""
    return f"{error}{fix}"


def current_user() -> str:
    """Return the name of whoever runs the command, as far as the system knows one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""  # a user id without a name, as in many containers
