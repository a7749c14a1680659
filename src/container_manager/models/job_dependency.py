"""A job that waits for the end of others."""

from __future__ import annotations

from django.db import models

from container_manager.models.container_job import ContainerJob
from container_manager.models.job_array import JobArray
from container_manager.scheduling.policy import After


class JobDependency(models.Model):
    """``job`` may not begin before ``upstream``, or all of ``upstream_array``, has ended as ``after`` says.

    Exactly one of the two is set when the row is made; neither is where what it named was deleted since.
    """

    job = models.ForeignKey(ContainerJob, on_delete=models.CASCADE, related_name="dependencies")
    upstream = models.ForeignKey(ContainerJob, on_delete=models.SET_NULL, null=True, related_name="dependents")
    upstream_array = models.ForeignKey(JobArray, on_delete=models.SET_NULL, null=True, related_name="dependents")
    after = models.CharField(max_length=10, choices=[(a.value, a.value) for a in After], default=After.SUCCESS.value)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("job", "upstream"), name="job_dependency_unique"),
            models.UniqueConstraint(fields=("job", "upstream_array"), name="job_dependency_array_unique"),
        ]

    def __str__(self) -> str:
        awaited = f"array {self.upstream_array_id}" if self.upstream_array_id else f"job {self.upstream_id}"
        return f"job {self.job_id} after {self.after} of {awaited}"
