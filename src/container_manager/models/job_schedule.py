"""Jobs that are made again and again, by a cron expression."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.utils import timezone

from container_manager.models.container_job import ContainerJob


class MissedRuns(StrEnum):
    """What is done about the times that passed while no worker was there."""

    SKIP = "skip"
    """Nothing: the next time is the next one."""
    LATEST = "latest"
    """One job, for the last time that passed."""
    ALL = "all"
    """One job for each time that passed, oldest first."""


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
    cron = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=100, default="UTC")
    request = models.JSONField(default=dict)
    missed_runs = models.CharField(
        max_length=10, choices=[(m.value, m.value) for m in MissedRuns], default=MissedRuns.LATEST
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

    ``job`` is ``None`` where none was made; ``outcome`` says why (``made``, ``overlap``, ``missed``, ``invalid``).
    """

    schedule = models.ForeignKey(JobSchedule, on_delete=models.CASCADE, related_name="ticks")
    due_at = models.DateTimeField()
    job = models.OneToOneField(ContainerJob, on_delete=models.SET_NULL, null=True, related_name="schedule_tick")
    outcome = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("schedule_id", "-due_at")
        constraints = [models.UniqueConstraint(fields=("schedule", "due_at"), name="schedule_tick_once")]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at:%Y-%m-%d %H:%M:%S}"
