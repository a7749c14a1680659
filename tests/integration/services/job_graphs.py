"""Takes jobs through their lives by the services that workers use."""

from __future__ import annotations

from container_manager.lifecycle.events import Ended
from container_manager.lifecycle.status import FailureReason
from container_manager.models import ContainerJob, ExecutorHost
from container_manager.services.claims import ClaimedAttempt, claim_pending
from container_manager.services.recording import record_started
from container_manager.services.recording_ends import Ending, record_ended


def claim(job: ContainerJob) -> ClaimedAttempt | None:
    """Claim this job, if it may begin."""
    host, _ = ExecutorHost.objects.get_or_create(name="fakes", defaults={"executor_type": "fake", "max_running": 1000})
    claimed = claim_pending("w", limit=1, hosts=[host.pk], only_job=job.pk)
    return claimed[0] if claimed else None


def run(job: ContainerJob, exit_code: int = 0) -> ContainerJob:
    """Claim, start, and end this job."""
    claimed = claim(job)
    assert claimed is not None, f"{job} may not begin"
    record_started(claimed.lease, "handle", None)
    end(claimed, exit_code)
    job.refresh_from_db()
    return job


def end(claimed: ClaimedAttempt, exit_code: int = 0) -> None:
    """Record that this attempt exited."""
    reason = FailureReason.EXIT_CODE if exit_code else None
    record_ended(claimed.lease, Ending(kind="exited", event=Ended(reason=reason), exit_code=exit_code))


def happened(job: ContainerJob) -> list[tuple[str, str]]:
    """Return the kinds and the messages of a job's events."""
    return list(job.events.values_list("kind", "message"))
