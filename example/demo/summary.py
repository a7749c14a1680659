"""What the demo says at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from container_manager.lifecycle.status import Status
from container_manager.services.job_detail import JobDetail

_LINES_OF_EVIDENCE = 2


def print_failures(console: Console, jobs: Sequence[JobDetail]) -> None:
    """Print each failed job with its cause, what proves it, and what helps."""
    failed = [job for job in jobs if job.status in {Status.FAILED, Status.TIMEOUT}]
    console.print()
    console.print()
    console.print(Text(f"{len(failed)} jobs ended badly. Why:", "bold"))
    for job in failed:
        console.print()
        console.print(Text.assemble(("✗ ", "bold red"), (f"job {job.id}, {job.name}", "bold")))
        attempt = job.last_attempt
        diagnosis = attempt.diagnosis if attempt is not None else None
        verdicts = diagnosis.report.get("verdicts", []) if diagnosis is not None else []
        if verdicts:
            _print_verdict(console, verdicts[0])


def _print_verdict(console: Console, verdict: dict[str, Any]) -> None:
    console.print(_indented(Text(verdict["title"], "red")))
    console.print(_indented(Text(f"{verdict['certainty']} · {verdict['cause']}", "dim")))
    for evidence in verdict["evidence"][:_LINES_OF_EVIDENCE]:
        place = evidence["source"] if evidence["line"] is None else f"{evidence['source']}:{evidence['line']}"
        line = Text.assemble((place, "cyan"), "  ", evidence["text"].strip())
        line.truncate(max(20, console.width - 4), overflow="ellipsis")
        console.print(_indented(line))
    console.print(_indented(Text(verdict["repair"])))


def print_next_steps(console: Console, jobs: Sequence[JobDetail]) -> None:
    """Print how to look further."""
    failed = next((job.id for job in jobs if job.status is Status.FAILED), jobs[-1].id)
    steps = (
        (f"manage.py explain_job {failed}", "one failure in full"),
        (f"manage.py job_logs {failed}", "its output"),
        ("manage.py list_jobs", "all jobs"),
        ("sickbay guide list", "every guide there is"),
        ("sickbay diagnose FILE", "the same for any log"),
        ('make demo ARGS="IMAGE -- CMD"', "a job of your own"),
    )
    console.print()
    console.print(Text("To look further (in the environment: . .venv/bin/activate)", "bold"))
    for command, meaning in steps:
        console.print(_indented(Text.assemble((f"{command:34}", "cyan"), meaning)))


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))
