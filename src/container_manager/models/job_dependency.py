"""A job that waits for the end of another."""

from __future__ import annotations

from django.db import models

from container_manager.models.container_job import ContainerJob
from container_manager.scheduling.policy import After


class JobDependency(models.Model):
    """``job`` may not begin before ``upstream`` has ended in the way that ``after`` says."""

    job = models.ForeignKey(ContainerJob, on_delete=models.CASCADE, related_name="dependencies")
    upstream = models.ForeignKey(ContainerJob, on_delete=models.CASCADE, related_name="dependents")
    after = models.CharField(max_length=10, choices=[(a.value, a.value) for a in After], default=After.SUCCESS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("job", "upstream"), name="job_dependency_unique")]

    def __str__(self) -> str:
        return f"job {self.job_id} after {self.after} of job {self.upstream_id}"
