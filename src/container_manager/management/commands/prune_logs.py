"""``manage.py prune_logs``: move old logs out of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from container_manager.conf import app_settings
from container_manager.management.duration_option import duration
from container_manager.services.log_archive import (
    PrunedLog,
    Retention,
    due_ids,
    prune_by_id,
    settings_retention,
    would_prune,
)


class Command(BaseCommand):
    """Move old logs out of the database."""

    help = (
        "Archive the logs of attempts that ended long ago, as the settings log_retention_days and log_archive say, "
        "and remove them from the database. Workers do the same by themselves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do differently from the settings."""
        parser.add_argument("--older-than", type=duration, metavar="TIME", help="as in 90d, instead of the setting")
        parser.add_argument("--archive", metavar="ALIAS", help="the storage, instead of the setting")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Prune, or say what would be pruned."""
        retention = _retention(options["older_than"], options["archive"])
        count, size = 0, 0
        if options["dry_run"]:
            for pruned in would_prune(retention):
                count, size = count + 1, size + pruned.size
                self.stdout.write(f"{_title(pruned)} would be {_verb(retention)}")
            self.stdout.write(f"{count} logs of {size} bytes would be {_verb(retention)}")
            return
        behind = 0
        while ids := due_ids(retention, behind=behind):
            for attempt_id in ids:
                if (done := prune_by_id(attempt_id, retention)) is not None:
                    count, size = count + 1, size + done.size
                    self.stdout.write(f"{_title(done)} {_verb(retention)}" + (f": {done.archive}" * bool(done.archive)))
            behind = ids[-1]
        self.stdout.write(f"{count} logs of {size} bytes {_verb(retention)}")


def _retention(older_than: timedelta | None, archive: str | None) -> Retention:
    known = settings_retention()
    if older_than is None and known is None:
        raise CommandError("Logs are kept for ever: set log_retention_days, or give --older-than.")
    storage = app_settings().log_archive if archive is None else archive
    if storage and storage not in settings.STORAGES:
        raise CommandError(f"STORAGES has no alias {storage!r}; it has {', '.join(sorted(settings.STORAGES))}.")
    age = older_than if older_than is not None else known.age if known is not None else timedelta()
    return Retention(age=age, storage=storage)


def _title(pruned: PrunedLog) -> str:
    return f"job {pruned.job_id}, attempt {pruned.attempt_number} ({pruned.ended_at:%Y-%m-%d}, {pruned.size} bytes)"


def _verb(retention: Retention) -> str:
    return "archived" if retention.storage else "removed"
