"""``manage.py job_artifacts ID``: the files that went into a job and came out of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.table import Table
from rich.text import Text

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.screen import one_line
from container_manager.services.artifacts import ArtifactDetail, list_artifacts, open_artifact


class Command(JobCommand):
    """List a job's files, or get one."""

    help = "List the files that went into a job and came out of it, or get one. A directory is a tar archive."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job, and which file to get."""
        self.add_job_argument(parser)
        self.add_json_argument(parser)
        parser.add_argument("--get", metavar="NAME", help="write this file's content")
        parser.add_argument("-o", "--output", metavar="FILE", help="where to; without it to standard output")
        parser.add_argument(
            "--attempt", metavar="N", type=int, help="of this attempt; without it of the last that has it"
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the list, or write the file."""
        with service_errors_told():
            if options["get"]:
                with open_artifact(options["job_id"], options["get"], attempt_number=options["attempt"]) as pieces:
                    _write(pieces, options["output"])
                return
            artifacts = list_artifacts(options["job_id"])
        screen = self.screen(options)
        if options["as_json"]:
            screen.show_json([artifact.as_json() for artifact in artifacts])
        elif artifacts:
            screen.show(_table(artifacts))
        else:
            self.stdout.write(f"Job {options['job_id']} has no files.")


def _table(artifacts: Iterable[ArtifactDetail]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("NAME", "FROM", "BYTES"):
        table.add_column(heading, no_wrap=True)
    table.add_column("PATH", min_width=10)
    table.add_column("PROBLEM", min_width=10, overflow="fold")
    for artifact in artifacts:
        came = "input" if artifact.attempt_number is None else f"attempt {artifact.attempt_number}"
        path = Text(one_line(artifact.path), no_wrap=True, overflow="ellipsis")
        table.add_row(Text(artifact.name), came, str(artifact.size), path, Text(one_line(artifact.problem)))
    return table


def _write(pieces: Iterable[bytes], output: str | None) -> None:
    try:
        if output is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            return
        with Path(output).open("wb") as file:
            for piece in pieces:
                file.write(piece)
    except OSError as error:
        raise CommandError(f"{output or 'Standard output'} cannot be written: {error}") from error
