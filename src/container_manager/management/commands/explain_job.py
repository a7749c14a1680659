"""``manage.py explain_job ID``: why a job failed, or why it does not start."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.management.base import CommandParser

from container_manager.lifecycle.status import Status
from container_manager.management.diagnosis_view import diagnosis_view
from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.screen import one_line
from container_manager.services.job_detail import JobDetail, how_it_ended, load_job_detail


class Command(JobCommand):
    """Say why a job failed, or why it is still pending."""

    help = "Say why a job failed, or why it is still pending: the cause, what proves it, and what to do."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job."""
        self.add_job_argument(parser)
        self.add_json_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Show the explanation."""
        with service_errors_told():
            job = load_job_detail(options["job_id"])
        report = _report(job)
        screen = self.screen(options)
        if options["as_json"]:
            screen.show_json({"job": job.id, "status": job.status.value, "report": report})
            return
        screen.show(_headline(job))
        if report is not None:
            screen.show("", diagnosis_view(report))


def _report(job: JobDetail) -> dict[str, Any] | None:
    """Return the report on what is wrong, ``None`` where nothing is, or where nothing is known of it yet."""
    if job.status is Status.PENDING:
        return _explain_pending(job.id)
    last = job.last_attempt
    return dict(last.diagnosis.report) if last is not None and last.diagnosis is not None else None


def _explain_pending(job_id: int) -> dict[str, Any] | None:
    room = "container_manager.troubleshooting.pending"
    return dict(import_module(room).explain_pending(job_id)) if find_spec(room) else None


def _headline(job: JobDetail) -> str:
    named = f"Job {job.id}" + (f" ({one_line(job.name)})" if job.name else "")
    last = job.last_attempt
    if job.status is Status.PENDING:
        return f"{named} is pending."
    if not job.status.is_terminal:
        return f"{named} is {job.status.value} on {last.host if last else 'its host'}; nothing has gone wrong with it."
    ended = f"{named}: {how_it_ended(job)}."
    if last is not None and last.diagnosis is not None:
        return ended
    if job.status is Status.COMPLETED:
        return f"{ended} There is nothing to explain."
    if job.status is Status.CANCELLED:
        return f"{ended} It was asked for, so there is nothing to explain."
    return f"{ended} It has no diagnosis yet: a worker makes it (manage.py process_container_jobs)."
