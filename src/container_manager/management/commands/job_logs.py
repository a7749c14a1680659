"""``manage.py job_logs ID``: what a job wrote, byte for byte."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser, OutputWrapper

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.services.job_logs import LogPiece, follow_log, read_log

_PAUSE_SECONDS = 0.3
_INTERRUPTED = 130


class Command(JobCommand):
    """Print what a job wrote."""

    help = "Print what a job wrote: its stdout on stdout, its stderr on stderr, byte for byte."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job and what of its output to show."""
        self.add_job_argument(parser)
        parser.add_argument("-f", "--follow", action="store_true", help="go on until the job is over")
        parser.add_argument("--attempt", type=int, metavar="N", help="the attempt's number (default: the last one)")
        parser.add_argument("--stream", choices=("stdout", "stderr"), help="only this stream")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Print the log."""
        try:
            with service_errors_told():
                for piece in _pieces(options):
                    self._write(piece)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)
        except BrokenPipeError:
            # Whoever read us has seen enough. What Python would still flush at its end goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _write(self, piece: LogPiece) -> None:
        output: OutputWrapper = self.stderr if piece.stream == "stderr" else self.stdout
        binary = getattr(output, "buffer", None)
        if binary is None:
            output.write(piece.marked_data.decode(errors="replace"), style_func=str, ending="")
            return
        binary.write(piece.marked_data)
        binary.flush()


def _pieces(options: dict[str, Any]) -> Iterator[LogPiece]:
    chosen = {"attempt_number": options["attempt"], "stream": options["stream"]}
    if options["follow"]:
        return follow_log(options["job_id"], pause=lambda: time.sleep(_PAUSE_SECONDS), **chosen)
    return read_log(options["job_id"], **chosen)
