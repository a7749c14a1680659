"""``manage.py cleanup_containers``: remove what is left of attempts that are over."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from container_manager.management.job_command import JobCommand
from container_manager.management.screen import one_line
from container_manager.worker.cleanup import CleanupOptions, Fate, HostCleanup, clean_up


class Command(JobCommand):
    """Remove what is left of attempts that are over."""

    help = (
        "Remove from all hosts what carries this installation's labels and whose attempt is over or unknown to the "
        "database. What belongs to a job that goes on, to another installation, or to nobody of ours is never touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to remove."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument(
            "--all-finished", action="store_true", help="also what is kept because remove_containers is off"
        )
        parser.add_argument(
            "--grace",
            type=float,
            default=60.0,
            metavar="SECONDS",
            help="spare what is unknown and younger (default: 60)",
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Clean up, and say what was removed."""
        cleanups = clean_up(
            CleanupOptions(
                dry_run=options["dry_run"],
                all_finished=options["all_finished"],
                grace=timedelta(seconds=options["grace"]),
            )
        )
        for cleanup in cleanups:
            self._say(cleanup, verbose=options["verbosity"] > 1)
        gone = {Fate.REMOVED, Fate.WOULD_BE_REMOVED}
        count = sum(leftover.fate in gone for cleanup in cleanups for leftover in cleanup.leftovers)
        self.stdout.write(f"{count} {Fate.WOULD_BE_REMOVED if options['dry_run'] else Fate.REMOVED}")
        if any(cleanup.problem for cleanup in cleanups):
            sys.exit(1)

    def _say(self, cleanup: HostCleanup, *, verbose: bool) -> None:
        for leftover in cleanup.leftovers:
            if leftover.fate is not Fate.KEPT or verbose:
                self.stdout.write(f"{cleanup.host}: {leftover.name} {leftover.fate}: {leftover.reason}")
        if cleanup.problem:
            self.stderr.write(f"{cleanup.host}: could not be cleaned up: {one_line(cleanup.problem)}")
