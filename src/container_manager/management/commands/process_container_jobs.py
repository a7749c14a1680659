"""``manage.py process_container_jobs``: run a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from container_manager.conf import app_settings
from container_manager.worker.process import run_worker
from container_manager.worker.progress import LineReporter
from container_manager.worker.supervisor import WorkerOptions, default_name


class Command(BaseCommand):
    """Run a worker."""

    help = (
        "Run container jobs. SIGTERM hands them over: containers keep running, and the next worker goes on with them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how to work."""
        parser.add_argument("--once", action="store_true", help="end when nothing pending can be started any more")
        parser.add_argument(
            "--drain", action="store_true", help="on SIGTERM wait for what runs; a second one hands over"
        )
        parser.add_argument("--concurrency", type=int, help="attempts at once (default: the setting, else 4)")
        parser.add_argument(
            "--queue", action="append", default=[], metavar="NAME", help="take jobs of this queue only; repeatable"
        )
        parser.add_argument("--name", help="the worker's name (default: HOST-PID)")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  (argparse's values are of any type)
        """Work until done or told to stop."""
        worker = WorkerOptions(
            name=options["name"] or default_name(),
            concurrency=options["concurrency"] or app_settings().concurrency,
            once=options["once"],
            drain=options["drain"],
            queues=tuple(options["queue"]),
        )
        run_worker(worker, LineReporter(self._say))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
