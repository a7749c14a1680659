"""A worker process and its last sign of life."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Workers, by whether they are there."""

    def alive(self, *, within_seconds: float) -> WorkerQuerySet:
        """Workers that gave a sign of life within so many seconds."""
        return self.filter(heartbeat_at__gte=timezone.now() - timedelta(seconds=within_seconds))


_Manager = models.Manager.from_queryset(WorkerQuerySet)


class WorkerManager(_Manager["Worker"]):
    """The way to workers."""


class Worker(models.Model):
    """One run of ``process_container_jobs``. Its row is removed when it stops in good order."""

    name = models.CharField(max_length=100, unique=True)
    hostname = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    concurrency = models.PositiveIntegerField()
    is_draining = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects: ClassVar[WorkerManager] = WorkerManager()

    def __str__(self) -> str:
        return self.name
