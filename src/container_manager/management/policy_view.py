"""How a job's queue, limits on time, and retries look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from container_manager.management.screen import shown_duration, shown_time
from container_manager.scheduling.policy import DEFAULT_QUEUE
from container_manager.services.job_detail import JobDetail


def policy_lines(job: JobDetail) -> Iterator[tuple[str, str]]:
    """Return what a job asks of the queue, each with its label; what is as usual is left out."""
    policy = job.policy
    yield "queue", "" if policy.queue == DEFAULT_QUEUE else policy.queue
    yield "priority", "" if policy.priority == 0 else str(policy.priority)
    yield "not before", shown_time(policy.not_before)
    yield "deadline", shown_time(policy.deadline)
    yield "timeouts", ", ".join(_timeouts(job))
    yield "retries", _retries(job)
    yield "dedup key", policy.dedup_key
    yield "concurrency", f"{policy.concurrency_limit} of {policy.concurrency_key}" if policy.concurrency_key else ""
    yield "host labels", " ".join(f"{name}={value}" for name, value in policy.host_labels.items())
    yield "clone of", "" if job.cloned_from is None else f"job {job.cloned_from}"


def _timeouts(job: JobDetail) -> Iterator[str]:
    policy = job.policy
    limits = {
        "in the queue": policy.queue_timeout_seconds,
        "of silence while pulling": policy.pull_timeout_seconds,
        "to start": policy.start_timeout_seconds,
        "for all attempts": policy.total_timeout_seconds,
    }
    for what, seconds in limits.items():
        if seconds is not None:
            yield f"{shown_duration(seconds)} {what}"


def _retries(job: JobDetail) -> str:
    attempts = job.retry["max_attempts"]
    return f"at most {attempts} attempts, after {', '.join(job.retry['reasons'])}" if attempts > 1 else ""
