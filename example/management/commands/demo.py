"""``manage.py demo``: a dozen real jobs side by side, and the reason of each that fails."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.live import Live

from container_manager.lifecycle.status import Status
from container_manager.services.cancel import cancel_job
from container_manager.services.errors import ServiceError
from container_manager.services.job_detail import load_job_detail
from container_manager.services.job_list import JobSummary, list_jobs
from container_manager.services.submit import submit_job
from container_manager.worker.default_host import DefaultHost, NoHostError, ensure_default_host
from example.demo.image import import_image
from example.demo.programs import PROJECT, Place, programs
from example.demo.registry import empty_registry
from example.demo.summary import print_failures, print_next_steps
from example.demo.table import jobs_table
from example.settings import STATE_DIR

_LOOKS_PER_SECOND = 5
_CONCURRENCY = 6
_LONGEST_SECONDS = 300
_WORKER_SECONDS = 60

#: A picture that fetches nothing when it is looked at.
_FONTS_FROM_ELSEWHERE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class Command(BaseCommand):
    """Run the demo, or the user's own job."""

    help = "Run a dozen real jobs side by side and explain those that fail; or, with IMAGE -- CMD, run your own."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a job of the user's own, and where to keep a picture."""
        parser.add_argument("--picture", type=Path, metavar="FILE", help="also keep the screen as an SVG picture")
        parser.add_argument("own", nargs="*", metavar="IMAGE -- CMD", help="an image and a command to run instead")

    def handle(self, *, own: Sequence[str], picture: Path | None = None, **_options: Any) -> None:  # noqa: ANN401  Django's
        """Prepare the database, then run."""
        call_command("migrate", verbosity=0, interactive=False)
        if own:
            image, *command = own
            call_command("run_job", image, "--", *command)
            return
        console = Console(highlight=False, record=picture is not None)
        self._demo(console)
        if picture is not None:
            picture.write_text(_FONTS_FROM_ELSEWHERE.sub("", console.export_svg(title="make demo")), encoding="utf-8")

    def _demo(self, console: Console) -> None:
        try:
            host = ensure_default_host()
        except NoHostError as error:
            raise CommandError(str(error)) from error
        in_containers = host.executor_type == "docker"
        with empty_registry() if in_containers else nullcontext("") as registry:
            image = import_image() if in_containers else "none"
            place = Place(image=image, in_containers=in_containers, registry=registry)
            jobs = [submit_job(host=host.name, **request).id for request in programs(place)]
            with _worker():
                self._follow(console, jobs, title=_title(host))
        details = [load_job_detail(job) for job in jobs]
        print_failures(console, details)
        print_next_steps(console, details)

    def _follow(self, console: Console, jobs: Sequence[int], *, title: str) -> None:
        """Show the jobs until all are over."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        try:
            with Live(console=console, refresh_per_second=_LOOKS_PER_SECOND) as live:
                while True:
                    shown = _summaries(jobs)
                    live.update(jobs_table(shown, title=title))
                    if all(_is_settled(job) for job in shown):
                        return
                    if time.monotonic() > deadline:
                        raise CommandError("The demo's jobs did not end. `manage.py list_jobs` shows where they stand.")
                    time.sleep(1 / _LOOKS_PER_SECOND)
        except KeyboardInterrupt:
            _cancel(jobs)
            raise CommandError("Stopped. The jobs that were running have been cancelled.") from None


def _title(host: DefaultHost) -> str:
    return f"A dozen jobs on {host.words}"


def _summaries(jobs: Sequence[int]) -> list[JobSummary]:
    """Return the demo's jobs, oldest first."""
    wanted = set(jobs)
    newest = list_jobs(limit=2 * len(jobs))
    return sorted((job for job in newest if job.id in wanted), key=lambda job: job.id)


def _is_settled(job: JobSummary) -> bool:
    """Say whether a job is over and, where it ended badly, diagnosed."""
    return job.status.is_terminal and (job.status in {Status.COMPLETED, Status.CANCELLED} or bool(job.cause))


def _cancel(jobs: Sequence[int]) -> None:
    for job in jobs:
        with suppress(ServiceError):  # it is over already
            cancel_job(job)


@contextmanager
def _worker() -> Iterator[None]:
    """Run a worker of its own process, as in real use, until nothing is left to do."""
    command = [sys.executable, "manage.py", "process_container_jobs", "--once", "--concurrency", str(_CONCURRENCY)]
    log = STATE_DIR / "demo-worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield
        finally:
            try:
                worker.wait(timeout=_WORKER_SECONDS)
            except subprocess.TimeoutExpired:
                worker.terminate()
                worker.wait()
    if worker.returncode != 0:
        raise CommandError(f"The worker ended with {worker.returncode}. It wrote to {log}.")
