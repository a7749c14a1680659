"""A named set of variables that jobs begin with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class EnvironmentTemplateQuerySet(models.QuerySet["EnvironmentTemplate"]):
    """Templates."""


_Manager = models.Manager.from_queryset(EnvironmentTemplateQuerySet)


class EnvironmentTemplateManager(_Manager["EnvironmentTemplate"]):
    """The way to templates."""


class EnvironmentTemplate(models.Model):
    """Text in the env-template language."""

    name = models.CharField(max_length=200, unique=True)
    description = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[EnvironmentTemplateManager] = EnvironmentTemplateManager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
