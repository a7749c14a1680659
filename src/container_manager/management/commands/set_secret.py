"""``manage.py set_secret NAME``: store a secret, or replace its value, which is read and never given as an argument."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.services.secrets import set_secret


class Command(JobCommand):
    """Store a secret."""

    help = (
        "Store a secret, encrypted, or replace its value. The value is read from a file, or from standard input: all "
        "of it but one last newline. On a terminal it is asked for, and not shown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name and what may use it; never the value."""
        parser.add_argument("name", metavar="NAME", help="letters, digits, '.', '_' and '-'")
        parser.add_argument("--from-file", metavar="FILE", help="read the value from this file; - is standard input")
        parser.add_argument("--owner", metavar="USER", help="only this user's jobs may use it; an empty one: nobody's")
        parser.add_argument(
            "--group", metavar="GROUP", help="jobs of this group's users may use it; an empty one: none"
        )
        parser.add_argument("--description", help="what it is for")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Read the value and store it."""
        value = _value(options["from_file"])
        with service_errors_told():
            secret = set_secret(
                options["name"],
                value,
                owner=options["owner"],
                group=options["group"],
                description=options["description"],
            )
        who = ", ".join(
            filter(None, (secret.owner and f"jobs of {secret.owner}", secret.group and f"of {secret.group}"))
        )
        self.stdout.write(f"The secret {secret.name!r} is stored; {who or 'every job'} may use it.")


def _value(path: str | None) -> str:
    if path in {None, "-"} and sys.stdin.isatty():
        return getpass("Value: ")
    try:
        data = sys.stdin.buffer.read() if path in {None, "-"} else Path(str(path)).read_bytes()
    except OSError as error:
        raise CommandError(f"The value cannot be read: {error}") from error
    try:
        return data.decode().removesuffix("\n")
    except UnicodeDecodeError as error:
        # The error's own text would show a part of the value.
        raise CommandError("The value is no text in UTF-8: encode it first, for example by base64.") from error
