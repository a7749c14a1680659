"""``manage.py rotate_secrets``: encrypt everything with the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from container_manager.management.job_command import JobCommand
from container_manager.services.rotation import BATCH, Progress, rotate_secrets


class Command(JobCommand):
    """Encrypt everything with the newest key."""

    help = (
        "Encrypt all secrets anew with the newest key: the first of CONTAINER_MANAGER['secret_keys'], else SECRET_KEY. "
        "It may be stopped and repeated at any moment. Afterwards older keys can be taken away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the size of a batch."""
        parser.add_argument("--batch", metavar="N", type=int, default=BATCH, help="rows in one transaction")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Rotate, and tell how far it is."""
        if options["batch"] < 1:
            raise CommandError("--batch takes a number from 1 on.")
        rotation = rotate_secrets(self._tell, batch=options["batch"])
        self.stdout.write(f"{rotation.resealed} sealed anew, {rotation.already_newest} had the newest key already.")
        if rotation.unopened:
            listed = "\n".join(f"  {what}" for what in rotation.unopened)
            raise CommandError(
                f"No key opens these:\n{listed}\nPut the key they were sealed with at the end of "
                "CONTAINER_MANAGER['secret_keys'] (or SECRET_KEY_FALLBACKS) and repeat this, or store the secrets anew."
            )

    def _tell(self, progress: Progress) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{progress.done} of {progress.total}", ending="\r")
