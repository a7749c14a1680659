"""A request to run an image and a command."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from django.db import models
from django.utils import timezone

from container_manager.lifecycle.status import ACTIVE, TERMINAL, Status
from container_manager.models.executor_host import ExecutorHost
from container_manager.runspec.request import JobRequest, JobRequestFields
from container_manager.runspec.spec import RunSpec

if TYPE_CHECKING:
    from container_manager.models.attempt import Attempt


class ContainerJobQuerySet(models.QuerySet["ContainerJob"]):
    """Jobs, by where they stand."""

    def pending(self) -> ContainerJobQuerySet:
        """Jobs that no worker has taken yet."""
        return self.filter(status=Status.PENDING)

    def active(self) -> ContainerJobQuerySet:
        """Jobs that hold a place on a host: launching, running, or being cancelled."""
        return self.filter(status__in=ACTIVE)

    def finished(self) -> ContainerJobQuerySet:
        """Jobs to which nothing can happen any more."""
        return self.filter(status__in=TERMINAL)

    def failed(self) -> ContainerJobQuerySet:
        """Jobs that ended badly by themselves: failed, or stopped at their time limit."""
        return self.filter(status__in=(Status.FAILED, Status.TIMEOUT))

    def recent(self, hours: float = 24) -> ContainerJobQuerySet:
        """Jobs created within the last ``hours``."""
        return self.filter(created_at__gte=timezone.now() - timedelta(hours=hours))

    def by_host(self, host: ExecutorHost | str) -> ContainerJobQuerySet:
        """Jobs asked for, or tried, on this host (an ``ExecutorHost`` or its name)."""
        name = host if isinstance(host, str) else host.name
        return self.filter(models.Q(host__name=name) | models.Q(attempts__host__name=name)).distinct()


class ContainerJobManager(models.Manager.from_queryset(ContainerJobQuerySet)):  # type: ignore[misc]  # dynamic base
    """How jobs are made."""

    def create_job(self, *, host: ExecutorHost | str | None = None, **fields: Unpack[JobRequestFields]) -> ContainerJob:
        """Check a request at once and store it as a pending job.

        ``host`` is an ``ExecutorHost`` or its name; without it the job goes to any available one. The other arguments are
        those of :class:`~container_manager.runspec.request.JobRequest`.

        Raises :class:`~container_manager.runspec.request.InvalidJobError`, which names every wrong field with what
        would be right. Nothing is stored then.
        """
        raise TypeError


class ContainerJob(models.Model):
    """One request to run an image and a command, and where it stands.

    Limits are in MB (1024 * 1024 bytes), cores, and seconds. ``status`` changes only by
    :func:`container_manager.lifecycle.machine.transition`, in one guarded update with a ``JobEvent``.
    """

    name = models.CharField(max_length=200, blank=True)
    image = models.CharField(max_length=500)
    command = models.JSONField(default=list)
    environment = models.JSONField(default=dict)
    secret_names = models.JSONField(default=list)
    memory_limit = models.PositiveIntegerField(null=True)
    cpu_limit = models.FloatField(null=True)
    timeout_seconds = models.FloatField(null=True)
    stop_grace_seconds = models.FloatField(default=10)
    working_directory = models.CharField(max_length=1000, blank=True)
    user = models.CharField(max_length=200, blank=True)
    labels = models.JSONField(default=dict)
    mounts = models.JSONField(default=list)
    network = models.CharField(max_length=200, blank=True)
    hardening = models.JSONField(default=dict)
    host = models.ForeignKey(ExecutorHost, on_delete=models.PROTECT, null=True, related_name="requested_jobs")

    status = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Status], default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    lease_owner = models.CharField(max_length=100, blank=True)
    lease_token = models.PositiveBigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)

    objects: ClassVar[ContainerJobManager] = ContainerJobManager()

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=("id",), name="job_pending", condition=models.Q(status=Status.PENDING)
            ),
            models.Index(
                fields=("lease_expires_at",),
                name="job_active",
                condition=models.Q(status__in=sorted(ACTIVE)),
            ),
            models.Index(fields=("created_at",), name="job_created"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}" + (f" ({self.name})" if self.name else "")

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can happen to the job any more."""
        return Status(self.status).is_terminal

    @property
    def last_attempt(self) -> Attempt | None:
        """The newest attempt, ``None`` before the first."""
        return self.attempts.order_by("-number").first()

    @property
    def duration(self) -> timedelta | None:
        """How long the last attempt ran, so far or in all; ``None`` before it started."""
        attempt = self.last_attempt
        return attempt.duration if attempt else None

    @property
    def peak_memory_usage(self) -> float | None:
        """The last attempt's peak memory in MB; ``None`` where it was not measured."""
        attempt = self.last_attempt
        return attempt.peak_memory_mb if attempt else None
