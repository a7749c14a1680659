"""A file that went into a job, or came out of an attempt."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from container_manager.models.attempt import Attempt
from container_manager.models.container_job import ContainerJob


class Artifact(models.Model):
    """One stored file. ``attempt`` is ``None`` for an input. ``stored_as`` is its name in Django's storage.

    A directory is stored as a tar archive. ``is_complete`` is false where the size cap cut it, or it was missing;
    ``problem`` says why.
    """

    job = models.ForeignKey(ContainerJob, on_delete=models.CASCADE, related_name="artifacts")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, related_name="artifacts")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)
    stored_as = models.CharField(max_length=500, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    is_archive = models.BooleanField(default=False)
    is_complete = models.BooleanField(default=True)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("job", "name"), name="artifact_input_unique", condition=models.Q(attempt__isnull=True)
            ),
            models.UniqueConstraint(
                fields=("attempt", "name"), name="artifact_output_unique", condition=models.Q(attempt__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of job {self.job_id}"
