"""``manage.py prune_jobs --older-than 90d``: remove finished jobs with everything that belongs to them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from container_manager.lifecycle.status import TERMINAL, Status
from container_manager.management.duration_option import duration
from container_manager.services.orphaned_files import orphaned_files, remove_orphaned_files
from container_manager.services.pruning import PruneOptions, prunable, prune_jobs


class Command(BaseCommand):
    """Remove finished jobs."""

    help = (
        "Remove jobs that finished long ago, with their attempts, events, logs, archived logs, and artifacts. "
        "A job on which another one or its array still counts is kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which jobs to remove."""
        parser.add_argument("--older-than", type=duration, required=True, metavar="TIME", help="as in 90d, or 12h")
        parser.add_argument(
            "--status",
            action="append",
            choices=sorted(status.value for status in TERMINAL),
            help="only jobs that ended so; may be given several times",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many would be removed")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Remove batch by batch, and tell how far it has come."""
        statuses = [Status(status) for status in options["status"] or sorted(TERMINAL)]
        chosen = PruneOptions(older_than=options["older_than"], statuses=statuses)
        total = prunable(chosen).count()
        if options["dry_run"]:
            self.stdout.write(f"{total} jobs would be removed")
            if files := sum(1 for _ in orphaned_files(chosen.older_than)):
                self.stdout.write(f"{files} files of submits that were rolled back would be removed")
            return
        done = 0
        for removed in prune_jobs(chosen):
            done += removed
            self.stdout.write(f"{done} of {max(total, done)} jobs removed")
        if not done:
            self.stdout.write("no job to remove")
        if files := remove_orphaned_files(chosen.older_than):
            self.stdout.write(f"{files} files of submits that were rolled back removed")
