"""Why an attempt ended badly."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from container_manager.models.attempt import Attempt
from container_manager.models.fields import ForeignJSONField


class Diagnosis(models.Model):
    """The stored answer for one attempt.

    ``cause`` is the best verdict's slug, ``unknown`` where nothing fits. ``report`` is the whole answer in the form of
    ``sickbay diagnose --format json``: verdicts with certainty, evidence and repair, and what was looked at.
    """

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="diagnosis")
    cause = models.CharField(max_length=100, db_index=True)
    certainty = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=300, blank=True)
    report = ForeignJSONField(default=dict)
    engine_version = models.CharField(max_length=50, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "diagnoses"

    def __str__(self) -> str:
        return f"{self.cause} ({self.certainty or 'no verdict'})"
