"""What the database knows about an attempt, or about a job that waits, as facts for the engine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from container_manager.executors.base import Stream
from container_manager.lifecycle.limits import Limit
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.models import Attempt, ContainerJob
from container_manager.troubleshooting.log_text import kept_log
from container_manager.troubleshooting.masking import redactor_of
from sickbay.facts.model import Fact, Facts, FactValue, TextSource
from sickbay.facts.text import text_source
from sickbay.redaction import Redactor

#: Reasons whose message is the platform's own; behind the others it is ours and says nothing that the facts do not.
_PLATFORM_SPOKE = frozenset(
    {
        FailureReason.IMAGE,
        FailureReason.LAUNCH_REFUSED,
        FailureReason.UNSUPPORTED,
        FailureReason.HOST_UNAVAILABLE,
        FailureReason.LOST,
    }
)


#: Reasons by which an attempt, and its job with it, ran out of time.
_OUT_OF_TIME = frozenset(limit.reason for limit in Limit)


def facts_of_attempt(attempt: Attempt) -> Facts:
    """Return everything stored about an attempt. What the job declares secret is hidden already.

    What else looks like a secret is hidden in the report, because looking for it takes computing.

    Texts: ``launch`` (the platform's refusal), ``stderr``, ``stdout``.
    """
    redactor = redactor_of(attempt.job)
    asked = requested(attempt.job, redactor)
    if attempt.memory_limit_mb is not None:
        asked["memory_limit_mb"] = attempt.memory_limit_mb  # raised after an OOM kill
    given = as_facts("job", asked) + as_facts("attempt", _outcome(attempt))
    return Facts(values={fact.name: fact for fact in given}, texts=tuple(_texts(attempt, redactor)))


def requested(job: ContainerJob, redactor: Redactor) -> dict[str, FactValue | None]:
    """Return what a job asks for."""
    return {
        "image": redactor.text(job.image),
        "command": redactor.text(shlex.join(job.command)) or None,
        "memory_limit_mb": job.memory_limit,
        "cpu_limit": job.cpu_limit,
        "timeout_seconds": job.timeout_seconds,
        "user": job.user or None,
        "working_directory": job.working_directory or None,
        "cancel_requested": job.cancel_requested_at is not None,
    }


def as_facts(source: str, values: Mapping[str, FactValue | None]) -> list[Fact]:
    """Return the values that are known as facts."""
    return [Fact(name=name, value=value, source=source) for name, value in values.items() if value is not None]


def _outcome(attempt: Attempt) -> dict[str, FactValue | None]:
    duration = attempt.duration
    return {
        "job_status": _status(attempt),
        "failure_reason": attempt.failure_reason or None,
        "exit_code": attempt.exit_code,
        "signal": attempt.signal,
        "outside_signal": attempt.outside_signal,
        # The platform's flag misses children; the kernel's own count does not.
        "oom_killed": attempt.oom_killed or bool(attempt.oom_kills),
        "peak_memory_mb": attempt.peak_memory_mb,
        "duration_seconds": None if duration is None else round(duration.total_seconds(), 3),
        "executor": attempt.host.executor_type,
        "host_memory_mb": attempt.host.memory_mb,
        "host_cpus": attempt.host.cpus,
    }


def _status(attempt: Attempt) -> str:
    """Return what the attempt's end makes of its job; an attempt that was tried again failed all the same."""
    if attempt.ended_at is None:
        return attempt.job.status
    match attempt.failure_reason:
        case "":
            return Status.COMPLETED.value
        case reason if reason in _OUT_OF_TIME:
            return Status.TIMEOUT.value
        case FailureReason.CANCELLED:
            return Status.CANCELLED.value
        case _:
            return Status.FAILED.value


def _texts(attempt: Attempt, redactor: Redactor) -> Iterable[TextSource]:
    if attempt.failure_message and attempt.failure_reason in _PLATFORM_SPOKE:
        yield text_source("launch", redactor.declared.data(attempt.failure_message.encode("utf-8", "replace")))
    for stream in (Stream.STDERR, Stream.STDOUT):
        if log := kept_log(attempt, stream):
            yield text_source(stream.value, redactor.declared.data(log))
