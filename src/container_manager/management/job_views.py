"""How jobs look on a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from container_manager.lifecycle.status import Status
from container_manager.management.platform_views import network_lines, resource_lines, shown_port, shown_pull
from container_manager.management.policy_view import policy_lines
from container_manager.management.screen import one_line, shown_duration, shown_time, visible
from container_manager.runspec.spec import PullPolicy
from container_manager.services.artifacts import ArtifactDetail
from container_manager.services.job_detail import AttemptDetail, JobDetail
from container_manager.services.job_list import JobSummary

STATUS_STYLES = {
    Status.PENDING: "yellow",
    Status.LAUNCHING: "cyan",
    Status.RUNNING: "cyan",
    Status.CANCELLING: "magenta",
    Status.COMPLETED: "green",
    Status.FAILED: "bold red",
    Status.TIMEOUT: "bold red",
    Status.CANCELLED: "magenta",
}


def job_table(jobs: Sequence[JobSummary]) -> RenderableType:
    """Return the list of jobs."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("ID", "STATUS", "HOST", "CREATED (UTC)", "RAN"):
        table.add_column(heading, no_wrap=True)
    table.add_column("ENDED WITH", no_wrap=True, overflow="ellipsis", max_width=28)
    # The only column that may be wrapped is the one that gives way; its cells are cut instead.
    table.add_column("WHAT", min_width=10)
    for job in jobs:
        table.add_row(
            str(job.id),
            Text(job.status, STATUS_STYLES[job.status]),
            Text(job.host or "any"),
            shown_time(job.created_at),
            shown_duration(job.duration_seconds),
            Text(_ended_with(job)),
            Text(one_line(job.name or f"{job.image} {shlex.join(job.command)}"), no_wrap=True, overflow="ellipsis"),
        )
    return table


def _ended_with(job: JobSummary) -> str:
    if job.cause:
        return job.cause
    if job.failure_reason and job.failure_reason != "exit_code":
        return job.failure_reason
    return "" if job.exit_code is None else f"exit code {job.exit_code}"


def job_view(job: JobDetail) -> RenderableType:
    """Return a job with its attempts and what happened to it."""
    title = Text(f"Job {job.id}", "bold")
    if job.name:
        title.append(f"  {one_line(job.name)}")
    title.append("  ").append(job.status, STATUS_STYLES[job.status])
    parts: list[RenderableType] = [title, _pairs(_request_lines(job))]
    for attempt in job.attempts:
        parts += [
            Text(""),
            Text(f"Attempt {attempt.number} on {attempt.host}", "bold"),
            _pairs(_attempt_lines(attempt)),
        ]
    return Group(*parts, Text(""), Text("What happened (UTC)", "bold"), _events(job))


def _pairs(lines: Iterator[tuple[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for label, value in lines:
        if value:
            table.add_row(f"  {label}", Text(visible(value)))
    return table


def _request_lines(job: JobDetail) -> Iterator[tuple[str, str]]:
    yield "image", job.image
    if job.entrypoint is not None:
        yield "entrypoint", shlex.join(job.entrypoint) or "none"
    yield "command", shlex.join(job.command) or "the image's own"
    yield "environment", " ".join(f"{name}={shlex.quote(value)}" for name, value in job.environment.items())
    yield "limits", ", ".join(_limits(job))
    yield "directory", job.working_directory
    yield "user", job.user
    yield "network", job.network
    yield from network_lines(job.networking)
    yield from resource_lines(job.resources)
    yield "stop signal", job.stop_signal
    yield "pull policy", "" if job.pull_policy is PullPolicy.MISSING else job.pull_policy
    for mount in job.mounts:
        mode = "read-only" if mount.read_only else "read-write"
        yield "mount", f"{mount.kind} {mount.source or ''} at {mount.target}, {mode}".replace("  ", " ")
    yield "labels", " ".join(f"{name}={shlex.quote(value)}" for name, value in job.labels.items())
    for reference in job.secrets:
        yield "secret", f"{reference.secret} as {reference.variable or f'the file {reference.file}'}"
    for artifact in job.artifacts:
        yield ("input" if artifact.attempt_number is None else "output"), _artifact_line(artifact)
    yield from policy_lines(job)
    yield "host", job.requested_host or "any"
    yield "created", shown_time(job.created_at)
    yield "finished", shown_time(job.finished_at)
    yield "ended by", job.failure_reason


def _artifact_line(artifact: ArtifactDetail) -> str:
    whose = "" if artifact.attempt_number is None else f" of attempt {artifact.attempt_number}"
    problem = f": {artifact.problem}" if artifact.problem else ""
    return f"{artifact.name} ({artifact.path}), {artifact.size} bytes{whose}{problem}"


def _limits(job: JobDetail) -> Iterator[str]:
    if job.memory_limit_mb is not None:
        yield f"{job.memory_limit_mb} MB of memory"
    if job.cpu_limit is not None:
        yield f"{job.cpu_limit:g} cores"
    if job.timeout_seconds is not None:
        yield shown_duration(job.timeout_seconds)


def _attempt_lines(attempt: AttemptDetail) -> Iterator[tuple[str, str]]:
    yield "started", shown_time(attempt.started_at)
    if attempt.pull is not None:
        yield "pulling", shown_pull(attempt.pull)
    yield "ports", ", ".join(shown_port(port) for port in attempt.ports)
    yield "ran", shown_duration(attempt.duration_seconds)
    yield "exit code", "" if attempt.exit_code is None else str(attempt.exit_code)
    yield "signal", "" if attempt.signal is None else str(attempt.signal)
    yield "failed by", attempt.failure_reason
    yield "message", attempt.failure_message
    yield "memory limit", "" if attempt.memory_limit_mb is None else f"{attempt.memory_limit_mb} MB, raised"
    yield "memory kill", "yes: the kernel killed a process at the memory limit" if attempt.oom_killed else ""
    if attempt.peak_memory_mb is not None:
        yield "peak memory", f"{attempt.peak_memory_mb:g} MB ({attempt.usage_source})"
    if attempt.cpu_seconds is not None:
        yield "CPU time", shown_duration(attempt.cpu_seconds)
    yield "output", f"{attempt.stdout_bytes} bytes on stdout, {attempt.stderr_bytes} on stderr"
    if attempt.diagnosis is not None:
        certainty = f" ({attempt.diagnosis.certainty})" if attempt.diagnosis.certainty else ""
        yield "diagnosis", f"{attempt.diagnosis.cause}{certainty}"


def _events(job: JobDetail) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for event in job.events:
        what = event.kind.replace("_", " ")
        message = f"{what}: {event.message}" if event.message else what
        table.add_row(f"  {shown_time(event.at)}", event.status, Text(visible(message)))
    return table
