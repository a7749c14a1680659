"""What one health check of a host found."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from container_manager.models.executor_host import ExecutorHost
from container_manager.models.fields import ForeignTextField


class HostCheck(models.Model):
    """One line of a host's history. Kept when the answer changed, and thinly in between.

    ``worker`` tells whose view it is: what one worker cannot reach another may. It is empty for a check by hand.
    """

    host = models.ForeignKey(ExecutorHost, on_delete=models.CASCADE, related_name="checks")
    checked_at = models.DateTimeField(default=timezone.now)
    is_healthy = models.BooleanField()
    detail = ForeignTextField(blank=True)
    latency_seconds = models.FloatField(null=True)
    worker = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("host", "-checked_at"), name="host_check_newest")]

    def __str__(self) -> str:
        return f"{self.host_id} at {self.checked_at:%Y-%m-%d %H:%M:%S}"
