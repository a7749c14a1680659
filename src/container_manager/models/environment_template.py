"""A named set of variables that jobs begin with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import ClassVar

from django.db import models
from django.utils import timezone

from container_manager.conf import app_settings
from container_manager.environment.compiler import compile_template
from container_manager.environment.diagnostics import Diagnostic
from container_manager.environment.given import Given
from container_manager.request.environment_template import FIELD, resolve_template
from container_manager.validation.problems import Problems


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

    def validate_format(self) -> tuple[Diagnostic, ...]:
        """Return everything that is wrong with the template and with what it includes, warnings too.

        What only a job can give is not missed. Nothing is raised; an empty tuple means that nothing is wrong.
        """
        given = Given(outside=outside_variables(), complete=False)
        library = StoredTemplates(self._state.db)
        return compile_template(self.name, self.text, library=library, given=given).problems


class StoredTemplates:
    """The templates of a database, as a library to include from."""

    def __init__(self, database: str | None = None) -> None:
        self._templates = EnvironmentTemplate.objects.using(database).order_by("name")

    def find(self, name: str) -> str | None:
        """Return a template's text."""
        return self._templates.filter(name=name).values_list("text", flat=True).first()

    def names(self) -> Iterable[str]:
        """Return all names."""
        return self._templates.values_list("name", flat=True)


def with_template(fields: Mapping[str, object], database: str, problems: Problems) -> Mapping[str, object]:
    """Return the fields of a request with what its template says, where it names one."""
    if fields.get(FIELD) is None:
        return fields
    return resolve_template(fields, StoredTemplates(database), outside_variables(), problems)


def outside_variables() -> Mapping[str, str]:
    """Return those of this process's variables that the settings let templates refer to."""
    return {name: os.environ[name] for name in app_settings().template_outside_names if name in os.environ}
