"""Stored secrets: kept encrypted under a name, listed without their values, and changed only here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.functions import Now

from container_manager.models import Secret
from container_manager.models.sealed_columns import current_vault
from container_manager.request.secrets import is_secret_name
from container_manager.services.errors import ServiceError
from container_manager.validation.plain_values import text_defect
from container_manager.validation.problems import did_you_mean


class UnknownSecretError(ServiceError):
    """No secret has this name."""

    def __init__(self, name: str) -> None:
        near = did_you_mean(name, Secret.objects.values_list("name", flat=True), otherwise="")
        super().__init__(f"There is no secret {name!r}. {near}".rstrip())


class InvalidSecretError(ServiceError):
    """A secret cannot be stored so; the message never has its value."""


@dataclass(frozen=True, kw_only=True)
class SecretSummary:
    """What is shown of a secret: everything but its value."""

    name: str
    description: str
    owner: str
    """The user name of whom it belongs to, empty for nobody."""
    group: str
    """The name of the group that may use it, empty for none. Without owner and group every job may use it."""
    created_at: datetime
    changed_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def set_secret(
    name: str, value: str, *, owner: str | None = None, group: str | None = None, description: str | None = None
) -> SecretSummary:
    """Store a secret, or replace its value. ``owner`` and ``group`` are names; ``None`` leaves what is stored.

    An empty ``owner`` or ``group`` takes it away. Attempts that run keep the value they were given.

    Raises :class:`InvalidSecretError`.
    """
    if not is_secret_name(name):
        raise InvalidSecretError(
            f"{name[:200]!r} cannot be a secret's name: it has letters, digits, '.', '_' and '-', at most 200 of them."
        )
    if not value:
        raise InvalidSecretError(f"The secret {name!r} would be empty.")
    if defect := text_defect(value):
        raise InvalidSecretError(f"The value of {name!r} {defect}")
    changes: dict[str, object] = {"sealed": current_vault().seal(value.encode()), "changed_at": Now()}
    if owner is not None:
        changes["owner"] = _user(owner) if owner else None
    if group is not None:
        changes["group"] = _group(group) if group else None
    if description is not None:
        changes["description"] = description[:500]
    with transaction.atomic():
        if not Secret.objects.filter(name=name).update(**changes):
            Secret.objects.create(name=name, created_at=Now(), **changes)
    return _summary(Secret.objects.select_related("owner", "group").get(name=name))


def list_secrets() -> Sequence[SecretSummary]:
    """Return all secrets by name, in one query."""
    return [_summary(secret) for secret in Secret.objects.select_related("owner", "group").order_by("name")]


def delete_secret(name: str) -> None:
    """Delete a secret. Jobs that name it are refused from now on. Raises :class:`UnknownSecretError`."""
    if not Secret.objects.filter(name=name).delete()[0]:
        raise UnknownSecretError(name)


def _user(name: str) -> object:
    users = get_user_model()
    found = users.objects.filter(**{users.USERNAME_FIELD: name}).first()
    if found is None:
        raise InvalidSecretError(f"There is no user {name!r}.")
    return found


def _group(name: str) -> Group:
    found = Group.objects.filter(name=name).first()
    if found is None:
        known = Group.objects.values_list("name", flat=True)
        raise InvalidSecretError(f"There is no group {name!r}. {did_you_mean(name, known, otherwise='')}".rstrip())
    return found


def _summary(secret: Secret) -> SecretSummary:
    return SecretSummary(
        name=secret.name,
        description=secret.description,
        owner=secret.owner.get_username() if secret.owner else "",
        group=secret.group.name if secret.group else "",
        created_at=secret.created_at,
        changed_at=secret.changed_at,
    )
