"""``manage.py explain_job ID``: why a job failed, or why it does not start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from rich.console import Console
from rich.text import Text

from container_manager.lifecycle.status import Status
from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.screen import one_line, visible
from container_manager.management.waiting_view import print_waiting
from container_manager.services.job_detail import JobDetail, how_it_ended, load_job_detail
from container_manager.services.waiting import explain_waiting
from container_manager.troubleshooting.pending import explain_pending
from container_manager.troubleshooting.rendering import print_report


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
        waiting = explain_waiting(job.id) if job.status is Status.PENDING else None
        screen = self.screen(options)
        if options["as_json"]:
            plain = {"waiting": waiting.as_json()} if waiting else {}
            screen.show_json({"job": job.id, "status": job.status.value, "report": report} | plain)
            return
        with screen.page() as console:
            console.print(_headline(job))
            if waiting is not None:
                print_waiting(waiting, console)
            if report is not None:
                console.print()
                _print_report(report, job, console)


def _report(job: JobDetail) -> dict[str, Any] | None:
    """Return the report on what is wrong, ``None`` where nothing is, or where nothing is known of it yet."""
    if job.status is Status.PENDING:
        return dict(explain_pending(job.id))
    last = job.last_attempt
    return dict(last.diagnosis.report) if last is not None and last.diagnosis is not None else None


def _print_report(report: dict[str, Any], job: JobDetail, console: Console) -> None:
    try:
        print_report(report, console, show_looked_at=job.status is Status.PENDING)
    except ValueError:
        # Stored by a version whose reports had another form.
        stored = job.last_attempt.diagnosis if job.last_attempt else None
        if stored is None:
            raise
        console.print(Text(visible(f"{stored.title} ({stored.certainty} · {stored.cause})")))
        console.print("Its report cannot be read by this version; --json shows it as it was stored.")


def _headline(job: JobDetail) -> str:
    named = f"Job {job.id}" + (f" ({one_line(job.name)})" if job.name else "")
    last = job.last_attempt
    if job.status is Status.PENDING:
        return f"{named} is pending."
    if not job.status.is_terminal:
        return f"{named} is {job.status.value} on {last.host if last else 'its host'}; nothing has gone wrong with it."
    ended = f"{named}: {how_it_ended(job)}."
    expired = next((event.message for event in reversed(job.events) if event.kind == "expired"), "")
    if expired and job.status is Status.TIMEOUT and (last is None or last.failure_reason != job.failure_reason):
        return f"{ended} It ended while it waited: {one_line(expired)}."
    if last is not None and last.diagnosis is not None:
        return ended
    if job.status is Status.COMPLETED:
        return f"{ended} There is nothing to explain."
    if job.status is Status.CANCELLED:
        return f"{ended} It was asked for, so there is nothing to explain."
    return f"{ended} It has no diagnosis yet: a worker makes it (manage.py process_container_jobs)."
