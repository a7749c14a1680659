"""The columns that hold when a job may run, and how often."""

from __future__ import annotations

from typing import Any

from django.db import models

from container_manager.lifecycle.retry import RetryPolicy
from container_manager.scheduling.policy import DEFAULT_QUEUE, JobPolicy


class PolicyColumns(models.Model):
    """What a job asks of the queue. ``timeout_seconds``, the limit of one attempt's run, stands beside its limits."""

    queue = models.CharField(max_length=100, default=DEFAULT_QUEUE, db_default=DEFAULT_QUEUE)
    priority = models.SmallIntegerField(default=0, db_default=0)
    not_before = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    queue_timeout_seconds = models.FloatField(null=True)
    pull_timeout_seconds = models.FloatField(null=True)
    start_timeout_seconds = models.FloatField(null=True)
    total_timeout_seconds = models.FloatField(null=True)
    dedup_key = models.CharField(max_length=200, null=True)  # noqa: DJ001  (NULL is what may occur twice)
    concurrency_key = models.CharField(max_length=200, blank=True, db_default="")
    concurrency_limit = models.PositiveIntegerField(default=1, db_default=1)
    host_labels = models.JSONField(default=dict, db_default={})
    retry_policy = models.JSONField(default=dict, db_default={})

    timeout_seconds: models.FloatField[float | None, float | None]

    class Meta:
        abstract = True

    @property
    def policy(self) -> JobPolicy:
        """What the job asks of the queue."""
        return JobPolicy(
            queue=self.queue,
            priority=self.priority,
            not_before=self.not_before,
            deadline=self.deadline,
            queue_timeout_seconds=self.queue_timeout_seconds,
            pull_timeout_seconds=self.pull_timeout_seconds,
            start_timeout_seconds=self.start_timeout_seconds,
            timeout_seconds=self.timeout_seconds,
            total_timeout_seconds=self.total_timeout_seconds,
            dedup_key=self.dedup_key or "",
            concurrency_key=self.concurrency_key,
            concurrency_limit=self.concurrency_limit,
            host_labels=self.host_labels,
        )

    @property
    def retry(self) -> RetryPolicy:
        """When a failed attempt is tried again."""
        return RetryPolicy.of(self.retry_policy)


def policy_columns_of(policy: JobPolicy, retry: RetryPolicy) -> dict[str, Any]:
    """Return the columns that hold a checked policy."""
    columns: dict[str, Any] = dict(vars(policy))
    columns |= {"dedup_key": policy.dedup_key or None, "host_labels": dict(policy.host_labels)}
    return columns | {"retry_policy": retry.stored()}
