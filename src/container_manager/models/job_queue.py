"""A named line in which jobs wait."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from container_manager.models.notifying import News, NotifyWhen


class JobQueueQuerySet(models.QuerySet["JobQueue"]):
    """Queues, by whether they move."""

    def paused(self) -> JobQueueQuerySet:
        """Queues of which nothing is begun now."""
        return self.filter(is_paused=True)


_Manager = models.Manager.from_queryset(JobQueueQuerySet)


class JobQueueManager(_Manager["JobQueue"]):
    """The way to queues."""


class JobQueue(models.Model):
    """What is known of one queue. One without a row exists as soon as a job names it, and is not paused."""

    name = models.CharField(max_length=100, unique=True)
    is_paused = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=200, blank=True)

    objects: ClassVar[JobQueueManager] = JobQueueManager()

    class Meta:
        ordering = ("name",)
        constraints = [
            NotifyWhen(
                name="queue_resumed", event="UPDATE", when="OLD.is_paused AND NOT NEW.is_paused", news=News.WORK.value
            ),
        ]

    def __str__(self) -> str:
        return self.name
