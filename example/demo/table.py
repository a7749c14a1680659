"""The live table of the demo's jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from container_manager.lifecycle.status import Status
from container_manager.services.job_list import JobSummary

_LOOKS: Mapping[Status, tuple[str, str]] = {
    Status.PENDING: ("·", "dim"),
    Status.COMPLETED: ("✓", "green"),
    Status.FAILED: ("✗", "bold red"),
    Status.TIMEOUT: ("✗", "bold red"),
    Status.CANCELLED: ("-", "magenta"),
}


def jobs_table(jobs: Sequence[JobSummary], *, title: str) -> RenderableType:
    """Return the jobs, oldest first, with how many are over."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column("", width=1)
    table.add_column("JOB", justify="right", no_wrap=True)
    table.add_column("WHAT", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("STATUS", no_wrap=True, min_width=9)
    table.add_column("RAN", justify="right", no_wrap=True, min_width=6)
    table.add_column("MEMORY", justify="right", no_wrap=True, min_width=8)
    for job in jobs:
        table.add_row(
            _mark(job.status),
            str(job.id),
            Text(job.name),
            Text(job.status.value, _style(job.status)),
            "" if job.duration_seconds is None else f"{job.duration_seconds:.1f} s",
            "" if job.peak_memory_mb is None else f"{job.peak_memory_mb:.1f} MB",
        )
    over = sum(job.status.is_terminal for job in jobs)
    bar = Table.grid(padding=(0, 1))
    bar.add_row(
        ProgressBar(total=len(jobs) or 1, completed=over, width=40), Text(f"{over} of {len(jobs)} jobs are over")
    )
    return Group(Text(title, "bold"), "", table, "", bar)


def _style(status: Status) -> str:
    return _LOOKS[status][1] if status in _LOOKS else "cyan"


def _mark(status: Status) -> RenderableType:
    if status in _LOOKS:
        mark, style = _LOOKS[status]
        return Text(mark, style)
    return Spinner("dots", style="cyan")
