"""A value that only containers may see."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class SecretQuerySet(models.QuerySet["Secret"]):
    """Secrets."""

    def usable_by(self, owner_id: int | None) -> SecretQuerySet:
        """Secrets that a job of this user, or of nobody, may be given."""
        everybodys = models.Q(owner__isnull=True, group__isnull=True)
        if owner_id is None:
            return self.filter(everybodys)
        return self.filter(everybodys | models.Q(owner=owner_id) | models.Q(group__user=owner_id)).distinct()


_Manager = models.Manager.from_queryset(SecretQuerySet)


class SecretManager(_Manager["Secret"]):
    """The way to secrets."""


class Secret(models.Model):
    """Encrypted text under a name. Without owner and group every job may use it, else only theirs."""

    name = models.CharField(max_length=200, unique=True)
    description = models.CharField(max_length=500, blank=True)
    sealed = models.BinaryField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="container_secrets"
    )
    group = models.ForeignKey("auth.Group", on_delete=models.CASCADE, null=True, related_name="container_secrets")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[SecretManager] = SecretManager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
