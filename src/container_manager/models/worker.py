"""A worker process and its last sign of life."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Worker(models.Model):
    """One run of ``process_container_jobs``. Its row is removed when it stops in good order."""

    name = models.CharField(max_length=100, unique=True)
    hostname = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    concurrency = models.PositiveIntegerField()
    is_draining = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name
