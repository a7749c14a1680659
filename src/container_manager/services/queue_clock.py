"""When the queue timeout of a job that waited for others begins."""

from __future__ import annotations

from collections.abc import Collection

from django.db import router

from container_manager.models import ContainerJob
from container_manager.models.new_expiry import new_expiry


def start_queue_clock(job_ids: Collection[int]) -> None:
    """Let the queue timeout of these pending jobs begin now: nothing else keeps them any more.

    Call it in the transaction in which the last thing that a job waited for has happened.
    """
    for job in ContainerJob.objects.pending().filter(pk__in=job_ids, queue_timeout_seconds__isnull=False):
        expires_at = new_expiry(job.policy, router.db_for_write(ContainerJob))
        ContainerJob.objects.pending().filter(pk=job.pk).update(expires_at=expires_at)
