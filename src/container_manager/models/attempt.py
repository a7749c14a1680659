"""One try of a job on one host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from container_manager.lifecycle.status import FailureReason
from container_manager.models.container_job import ContainerJob
from container_manager.models.executor_host import ExecutorHost
from container_manager.models.fields import ForeignTextField
from container_manager.scheduling.usage_series import UsagePoint, UsageSeries

BYTES_PER_MB = 1024 * 1024


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Attempts, by what is still to be done about them."""

    def live(self) -> AttemptQuerySet:
        """Attempts whose outcome is not known yet."""
        return self.filter(ended_at__isnull=True)

    def unremoved(self) -> AttemptQuerySet:
        """Attempts that are over and whose container may still stand on its host."""
        return self.filter(ended_at__isnull=False, removed_at__isnull=True)

    def undiagnosed(self) -> AttemptQuerySet:
        """Attempts that ended badly and have no diagnosis yet."""
        return self.filter(ended_at__isnull=False, diagnosis__isnull=True).exclude(failure_reason="")


_Manager = models.Manager.from_queryset(AttemptQuerySet)


class AttemptManager(_Manager["Attempt"]):
    """The way to attempts."""


class Attempt(models.Model):
    """One try of a job: one host, one execution, one outcome, at most one failure reason.

    ``started_at`` and ``finished_at`` are the platform's own times of the main process; ``ended_at`` is when the
    outcome was recorded. ``log_cursor`` is how far the log is stored (written in the same transaction as the chunks).
    A job has at most one attempt that has not ended: the database itself keeps a job from running twice.
    """

    job = models.ForeignKey(ContainerJob, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    host = models.ForeignKey(ExecutorHost, on_delete=models.PROTECT, related_name="attempts")
    handle = models.CharField(max_length=500, blank=True, default="", db_default="")
    memory_limit_mb = models.PositiveIntegerField(null=True)
    """The limit of this attempt where it is not the job's: raised after an OOM kill."""
    sealed_secrets = models.BinaryField(null=True)
    """The stored secrets it was given, encrypted, until nothing is left of it: they are masked though others came."""
    progress = models.JSONField(default=dict, db_default={})
    """How far the launch has come, for show: the stage, and of a pull the bytes so far and in all."""
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    exit_code = models.IntegerField(null=True)
    signal = models.PositiveSmallIntegerField(null=True)
    oom_killed = models.BooleanField(default=False, db_default=False)
    outside_signal = models.PositiveSmallIntegerField(null=True)
    failure_reason = models.CharField(
        max_length=30, blank=True, choices=[(r.value, r.value) for r in FailureReason], default="", db_default=""
    )
    failure_message = ForeignTextField(blank=True, default="", db_default="")

    peak_memory_bytes = models.PositiveBigIntegerField(null=True)
    cpu_seconds = models.FloatField(null=True)
    oom_kills = models.PositiveIntegerField(null=True)
    usage_source = models.CharField(max_length=20, blank=True, default="", db_default="")
    throttled_seconds = models.FloatField(null=True)
    throttled_periods = models.PositiveBigIntegerField(null=True)
    cpu_periods = models.PositiveBigIntegerField(null=True)
    io_read_bytes = models.PositiveBigIntegerField(null=True)
    io_write_bytes = models.PositiveBigIntegerField(null=True)
    pids_peak = models.PositiveIntegerField(null=True)
    usage_sampled = models.JSONField(default=list, db_default=[])
    """Which of these figures are only the largest of the samples, though ``usage_source`` says exact."""
    usage_series = models.BinaryField(null=True)
    """Memory and CPU over time, thinned and packed."""

    stdout_bytes = models.PositiveBigIntegerField(default=0, db_default=0)
    stderr_bytes = models.PositiveBigIntegerField(default=0, db_default=0)
    log_cursor = models.JSONField(default=dict, db_default={})
    log_complete = models.BooleanField(default=False, db_default=False)
    log_archive = models.CharField(max_length=500, blank=True, db_default="")
    """The name of the archived log in Django's storage."""
    log_dropped_at = models.DateTimeField(null=True)
    """When the stored log was removed because its time was over."""

    objects: ClassVar[AttemptManager] = AttemptManager()

    class Meta:
        ordering = ("job_id", "number")
        constraints = [
            models.UniqueConstraint(fields=("job", "number"), name="attempt_number_unique"),
            models.UniqueConstraint(
                fields=("job",), condition=models.Q(ended_at__isnull=True), name="attempt_one_live_per_job"
            ),
        ]
        indexes = [
            models.Index(fields=("id",), name="attempt_unremoved", condition=models.Q(removed_at__isnull=True)),
            models.Index(fields=("host",), name="attempt_live", condition=models.Q(ended_at__isnull=True)),
            models.Index(
                fields=("ended_at",), name="attempt_log_kept", condition=models.Q(log_dropped_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of job {self.job_id}"

    @property
    def duration(self) -> timedelta | None:
        """How long the main process ran, so far or in all; ``None`` before it started."""
        if self.started_at is None:
            return None
        return (self.finished_at or self.ended_at or timezone.now()) - self.started_at

    @property
    def usage_points(self) -> Sequence[UsagePoint]:
        """What was sampled of its use while it ran, oldest first, at most 240 points; none where nothing was."""
        return UsageSeries.unpacked(bytes(self.usage_series)).points if self.usage_series else ()

    @property
    def peak_memory_mb(self) -> float | None:
        """The peak memory in MB (1024 * 1024 bytes)."""
        return None if self.peak_memory_bytes is None else round(self.peak_memory_bytes / BYTES_PER_MB, 1)
