"""``manage.py job_logs ID``: what a job wrote, byte for byte, whole or in part, or the lines that match a pattern."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from container_manager.management.duration_option import moment
from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.screen import shown_time
from container_manager.services.job_logs import (
    LogPiece,
    follow_log,
    read_head,
    read_log,
    read_range,
    read_since,
    read_tail,
    removed_at,
)
from container_manager.services.log_search import JobFilter, LogMatch, Pattern, search_logs

_PAUSE_SECONDS = 0.3
_INTERRUPTED = 130
_NOTHING_FOUND = 1


class Command(JobCommand):
    """Print what a job wrote."""

    help = "Print what a job wrote: its stdout on stdout, its stderr on stderr, byte for byte."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job and what of its output to show."""
        self.add_job_argument(parser)
        parser.add_argument("--attempt", type=int, metavar="N", help="the attempt's number (default: the last one)")
        parser.add_argument("--stream", choices=("stdout", "stderr"), help="only this stream")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("-f", "--follow", action="store_true", help="go on until the job is over")
        part.add_argument("--head", type=int, metavar="N", help="the first N lines")
        part.add_argument("--tail", type=int, metavar="N", help="the last N lines")
        part.add_argument("--bytes", metavar="A-B", help="bytes A to B of one stream, both included, counted from 0")
        part.add_argument("--since", type=moment, metavar="TIME", help="what came since a moment, or 10m, 2h, …")
        part.add_argument("--grep", metavar="TEXT", help="the lines that hold this text")
        part.add_argument("--regex", metavar="RE", help="the lines that match this regular expression")
        parser.add_argument("-i", "--ignore-case", action="store_true", help="for --grep and --regex")
        parser.add_argument("-C", "--context", type=int, default=0, metavar="N", help="with N lines around each match")
        parser.add_argument("--limit", type=int, default=1000, metavar="N", help="at most N matches")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Print the log."""
        try:
            with service_errors_told():
                if options["grep"] is not None or options["regex"] is not None:
                    self._search(options)
                else:
                    self._tell_of_removal(options)
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

    def _tell_of_removal(self, options: dict[str, Any]) -> None:
        removed = removed_at(options["job_id"], attempt_number=options["attempt"])
        if removed is not None:
            self.stderr.write(f"The log of this attempt was removed at {shown_time(removed)} UTC: its time was over.")

    def _search(self, options: dict[str, Any]) -> None:
        is_regex = options["regex"] is not None
        text = options["regex"] if is_regex else options["grep"]
        read_log(options["job_id"], attempt_number=options["attempt"])  # so that what does not exist is told
        among = JobFilter(job_id=options["job_id"], attempt_number=options["attempt"], stream=options["stream"])
        pattern = Pattern(text=text, is_regex=is_regex, ignore_case=options["ignore_case"])
        found = search_logs(pattern, among=among, limit=options["limit"], context=options["context"])
        number = 0
        self._tell_of_removal(options)
        for number, match in enumerate(found, 1):
            if options["context"] and number > 1:
                self.stdout.write("--")
            self._write_match(match)
        if not number:
            sys.exit(_NOTHING_FOUND)

    def _write_match(self, match: LogMatch) -> None:
        first = match.number - len(match.before)
        for number, line in enumerate((*match.before, match.line, *match.after), first):
            mark = ":" if number == match.number else "-"
            shown = line.decode(errors="replace").rstrip("\r")
            self.stdout.write(f"{match.attempt_number}{mark}{match.stream}{mark}{number}{mark}{shown}")


def _pieces(options: dict[str, Any]) -> Iterator[LogPiece]:
    job_id = options["job_id"]
    chosen = {"attempt_number": options["attempt"], "stream": options["stream"]}
    if options["follow"]:
        return follow_log(job_id, pause=lambda: time.sleep(_PAUSE_SECONDS), **chosen)
    if options["head"] is not None:
        return read_head(job_id, lines=options["head"], **chosen)
    if options["tail"] is not None:
        return read_tail(job_id, lines=options["tail"], **chosen)
    if options["since"] is not None:
        return read_since(job_id, since=options["since"], **chosen)
    if options["bytes"] is not None:
        first, last = _byte_range(options["bytes"])
        if options["stream"] is None:
            raise CommandError("--bytes counts in one stream: name it by --stream.")
        return read_range(job_id, offset=first, length=last - first + 1, **chosen)
    return read_log(job_id, **chosen)


def _byte_range(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise CommandError(f"--bytes takes A-B, as in 0-1023, not {text!r}.")
    return int(first), int(last)
