"""Jobs that are made again and again, by a cron expression."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from container_manager.models.container_job import ContainerJob
from container_manager.scheduling.missed_runs import MissedRuns, TickOutcome


class JobScheduleQuerySet(models.QuerySet["JobSchedule"]):
    """Schedules, by whether they run."""

    def enabled(self) -> JobScheduleQuerySet:
        """Schedules that make jobs."""
        return self.filter(is_enabled=True)


_Manager = models.Manager.from_queryset(JobScheduleQuerySet)


class JobScheduleManager(_Manager["JobSchedule"]):
    """The way to schedules."""


class JobSchedule(models.Model):
    """``cron`` is read in ``time_zone``. ``request`` has the arguments of ``create_job`` as plain JSON."""

    name = models.CharField(max_length=200, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="container_schedules"
    )
    """Whose jobs it makes."""
    cron = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=100, default="UTC")
    request = models.JSONField(default=dict)
    missed_runs = models.CharField(
        max_length=10, choices=[(m.value, m.value) for m in MissedRuns], default=MissedRuns.LATEST.value
    )
    allow_overlap = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    next_due_at = models.DateTimeField(null=True, db_index=True)
    problem = models.TextField(blank=True)
    """Why its last time could not make a job."""
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[JobScheduleManager] = JobScheduleManager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ScheduleTick(models.Model):
    """One time at which a schedule was due: the unique row keeps two workers from making its job twice.

    ``job`` is ``None`` where none was made, or it was deleted; ``outcome`` is one of
    :class:`~container_manager.scheduling.missed_runs.TickOutcome`, and ``message`` says more
    where there is more to say.
    """

    schedule = models.ForeignKey(JobSchedule, on_delete=models.CASCADE, related_name="ticks")
    due_at = models.DateTimeField()
    job = models.OneToOneField(ContainerJob, on_delete=models.SET_NULL, null=True, related_name="schedule_tick")
    outcome = models.CharField(max_length=20, choices=[(o.value, o.value) for o in TickOutcome])
    message = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("schedule_id", "-due_at")
        constraints = [models.UniqueConstraint(fields=("schedule", "due_at"), name="schedule_tick_once")]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at:%Y-%m-%d %H:%M:%S}"
