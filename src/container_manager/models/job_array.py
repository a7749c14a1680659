"""Many jobs from one request, told apart by an index."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from container_manager.request.graph import Upstream


class JobArrayQuerySet(models.QuerySet["JobArray"]):
    """Arrays."""


_Manager = models.Manager.from_queryset(JobArrayQuerySet)


class JobArrayManager(_Manager["JobArray"]):
    """The way to arrays."""


class JobArray(models.Model):
    """``size`` jobs with the indexes 0 to ``size`` - 1, of which at most ``max_running`` are active at once."""

    name = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField()
    max_running = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[JobArrayManager] = JobArrayManager()

    def __str__(self) -> str:
        return f"array {self.pk}" + (f" ({self.name})" if self.name else "")

    @property
    def as_upstream(self) -> Upstream:
        """What a job waits for when it waits for this array."""
        return Upstream(id=self.pk or 0, is_array=True)
