"""The read model of one job, which every face shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, Diagnosis, JobEvent
from container_manager.request.secrets import SecretReference
from container_manager.runspec.spec import Mount, Networking, PublishedPort, PullPolicy, Resources, RunSpec
from container_manager.scheduling.policy import JobPolicy
from container_manager.services.artifacts import ArtifactDetail, artifacts_of
from container_manager.services.errors import UnknownJobError
from container_manager.services.given_secrets import known_secrets, spec_with
from container_manager.services.launch_progress import PullDetail, ports_of, pull_of


def secret_shown(name: str) -> str:
    """Return what is shown for the value of a secret variable: the same as in its stored log."""
    return f"[secret:{name}]"


@dataclass(frozen=True, kw_only=True)
class DiagnosisDetail:
    """Why an attempt ended badly. ``report`` has the form of ``sickbay diagnose --format json``."""

    cause: str
    certainty: str
    title: str
    report: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class AttemptDetail:
    """One try on one host. ``None`` means not known (yet), never zero."""

    number: int
    host: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None
    exit_code: int | None
    signal: int | None
    oom_killed: bool
    failure_reason: str
    failure_message: str
    memory_limit_mb: int | None
    """Its own limit where it is not the job's: raised after an OOM kill."""
    peak_memory_mb: float | None
    cpu_seconds: float | None
    usage_source: str
    stdout_bytes: int
    stderr_bytes: int
    log_complete: bool
    pull: PullDetail | None
    """How far the pull has come that the attempt waits for."""
    ports: tuple[PublishedPort, ...]
    """Where on its host its ports are reached, the platform's choices filled in."""
    diagnosis: DiagnosisDetail | None


@dataclass(frozen=True, kw_only=True)
class EventDetail:
    """One thing that happened."""

    at: datetime
    kind: str
    status: str
    attempt_number: int | None
    message: str
    worker: str


@dataclass(frozen=True, kw_only=True)
class JobDetail:
    """A job with its attempts and its history, oldest first. Secret values are masked wherever they stand."""

    id: int
    name: str
    status: Status
    image: str
    command: tuple[str, ...]
    entrypoint: tuple[str, ...] | None
    environment: Mapping[str, str]
    secret_names: tuple[str, ...]
    secrets: tuple[SecretReference, ...]
    """The stored secrets it names, and where they go."""
    registry_secret: str
    memory_limit_mb: int | None
    cpu_limit: float | None
    timeout_seconds: float | None
    stop_grace_seconds: float
    working_directory: str
    user: str
    labels: Mapping[str, str]
    mounts: tuple[Mount, ...]
    network: str
    networking: Networking
    resources: Resources
    hardening: Mapping[str, Any]
    stop_signal: str
    pull_policy: PullPolicy
    pull_timeout_seconds: float | None
    policy: JobPolicy
    """What it asks of the queue. After a failed attempt ``not_before`` is when the next one is due."""
    retry: Mapping[str, Any]
    """Its :class:`~container_manager.lifecycle.retry.RetryPolicy`, as plain values."""
    requested_host: str | None
    cloned_from: int | None
    failure_reason: str
    """Why it ended badly, empty otherwise."""
    created_at: datetime
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    artifacts: tuple[ArtifactDetail, ...]
    """The files that went in, and those that came out, attempt by attempt."""
    attempts: tuple[AttemptDetail, ...]
    events: tuple[EventDetail, ...]

    @property
    def last_attempt(self) -> AttemptDetail | None:
        """The newest attempt, ``None`` before the first."""
        return self.attempts[-1] if self.attempts else None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def load_job_detail(job_id: int) -> JobDetail:
    """Read one job, in a number of queries that does not depend on its history.

    Raises :class:`~container_manager.services.errors.UnknownJobError`.
    """
    job = ContainerJob.objects.select_related("host").filter(pk=job_id).first()
    if job is None:
        raise UnknownJobError(job_id)
    attempts = job.attempts.select_related("host", "diagnosis").order_by("number")
    original = spec_with(job.run_spec(), job, known_secrets([job]))
    spec = masked_spec(original)
    return JobDetail(
        id=job.pk,
        name=job.name,
        status=Status(job.status),
        image=spec.image,
        command=spec.command,
        entrypoint=spec.entrypoint,
        environment=spec.environment,
        secret_names=tuple(sorted(spec.secret_names)),
        secrets=job.secret_references,
        registry_secret=job.registry_secret,
        memory_limit_mb=spec.memory_limit_mb,
        cpu_limit=spec.cpu_limit,
        timeout_seconds=job.timeout_seconds,
        stop_grace_seconds=job.stop_grace_seconds,
        working_directory=job.working_directory,
        user=job.user,
        labels=spec.labels,
        mounts=spec.mounts,
        network=job.network,
        networking=spec.networking,
        resources=spec.resources,
        hardening=job.hardening,
        stop_signal=job.stop_signal,
        pull_policy=spec.pull_policy,
        pull_timeout_seconds=spec.pull_timeout_seconds,
        policy=job.policy,
        retry=job.retry.stored(),
        requested_host=job.host.name if job.host else None,
        cloned_from=job.cloned_from_id,
        failure_reason=job.failure_reason,
        created_at=job.created_at,
        finished_at=job.finished_at,
        cancel_requested_at=job.cancel_requested_at,
        artifacts=artifacts_of(job),
        attempts=tuple(_attempt_detail(attempt, original) for attempt in attempts),
        events=tuple(_event_detail(event, original) for event in job.events.order_by("id")),
    )


def masked_spec(spec: RunSpec) -> RunSpec:
    """Return the spec as it may be shown: without a secret value in its command, variables, or labels."""
    environment = {name: _masked(value, spec) for name, value in spec.environment.items()}
    environment |= {name: secret_shown(name) for name in sorted(spec.secret_names)}
    return replace(
        spec,
        command=tuple(_masked(word, spec) for word in spec.command),
        entrypoint=spec.entrypoint and tuple(_masked(word, spec) for word in spec.entrypoint),
        environment=environment,
        labels={name: _masked(value, spec) for name, value in spec.labels.items()},
    )


def _masked(text: str, spec: RunSpec) -> str:
    known = spec.secrets
    names = {known[name]: name for name in sorted(known, reverse=True)}
    # One pass, the longest value first: what was put in for one secret is not searched for the next.
    pattern = "|".join(re.escape(value) for value in spec.secret_values)
    return re.sub(pattern, lambda found: secret_shown(names[found[0]]), text) if pattern else text


def _attempt_detail(attempt: Attempt, spec: RunSpec) -> AttemptDetail:
    duration = attempt.duration
    diagnosis = getattr(attempt, "diagnosis", None)
    return AttemptDetail(
        number=attempt.number,
        host=attempt.host.name,
        created_at=attempt.created_at,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        ended_at=attempt.ended_at,
        duration_seconds=None if duration is None else duration.total_seconds(),
        exit_code=attempt.exit_code,
        signal=attempt.signal,
        oom_killed=attempt.oom_killed,
        failure_reason=attempt.failure_reason,
        failure_message=_masked(attempt.failure_message, spec),
        memory_limit_mb=attempt.memory_limit_mb,
        peak_memory_mb=attempt.peak_memory_mb,
        cpu_seconds=attempt.cpu_seconds,
        usage_source=attempt.usage_source,
        stdout_bytes=attempt.stdout_bytes,
        stderr_bytes=attempt.stderr_bytes,
        log_complete=attempt.log_complete,
        pull=pull_of(attempt),
        ports=ports_of(attempt),
        diagnosis=_diagnosis_detail(diagnosis) if diagnosis else None,
    )


def _diagnosis_detail(diagnosis: Diagnosis) -> DiagnosisDetail:
    return DiagnosisDetail(
        cause=diagnosis.cause,
        certainty=diagnosis.certainty,
        title=diagnosis.title,
        report=diagnosis.report,
        created_at=diagnosis.created_at,
    )


def _event_detail(event: JobEvent, spec: RunSpec) -> EventDetail:
    return EventDetail(
        at=event.created_at,
        kind=event.kind,
        status=event.status,
        attempt_number=event.attempt_number,
        message=_masked(event.message, spec),
        worker=event.worker,
    )


def how_it_ended(job: JobDetail) -> str:
    """Say in one clause how a job that is over ended."""
    attempt = job.last_attempt
    ended = f"it {_VERBS[job.status]}"
    if job.finished_at is not None:
        ended += f" at {job.finished_at:%Y-%m-%d %H:%M:%S} UTC"
    reason = job.failure_reason or (attempt.failure_reason if attempt else "")
    # A job can also end while it waits for its next attempt; then the last one's exit code is not how it ended.
    if attempt is not None and attempt.exit_code is not None and attempt.failure_reason == reason:
        ended += f" with exit code {attempt.exit_code}"
    if reason and reason not in {"exit_code", job.status.value}:
        ended += f" ({reason})"
    return ended


_VERBS = {
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.TIMEOUT: "was stopped at its time limit",
    Status.CANCELLED: "was cancelled",
}
