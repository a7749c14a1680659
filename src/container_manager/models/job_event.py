"""What happened to a job, and when."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from container_manager.models.container_job import ContainerJob
from container_manager.models.fields import ForeignTextField


class JobEvent(models.Model):
    """One thing that happened to a job; written in the same transaction as the change it tells of."""

    job = models.ForeignKey(ContainerJob, on_delete=models.CASCADE, related_name="events", db_index=False)
    attempt_number = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    message = ForeignTextField(blank=True)
    worker = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=("job", "id"), name="job_event_order")]

    def __str__(self) -> str:
        return f"{self.kind} of job {self.job_id}"
