"""``manage.py drain_host NAME``: a host takes no new work."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.services.hosts import live_attempts, set_draining


class Command(JobCommand):
    """Drain a host, or end its draining."""

    help = "Give a host no new work; what runs there goes on. --undo gives it work again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the host."""
        parser.add_argument("name", metavar="HOST", help="the host's name, as check_hosts shows it")
        parser.add_argument("--undo", action="store_true", help="give it work again")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Change it, and say what it means."""
        name: str = options["name"]
        with service_errors_told():
            changed = set_draining(name, is_draining=not options["undo"])
            running = live_attempts(name)
        state = "takes new work" if options["undo"] else "is draining: it takes no new work"
        self.stdout.write(f"Host {name} {state}{'' if changed else ', as before'}.")
        if not options["undo"]:
            left = {0: "Nothing runs there.", 1: "1 attempt still runs there."}
            self.stdout.write(left.get(running, f"{running} attempts still run there."))
