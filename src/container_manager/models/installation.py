"""Which installation this database is, so that its containers are told from those of any other on the same engine."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models


def new_key() -> str:
    """Return a key of eight hexadecimal digits that no other installation is likely to have."""
    return secrets.token_hex(4)


class Installation(models.Model):
    """The single row that names this database."""

    ONLY_ID: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ID, editable=False)
    key = models.CharField(max_length=16, default=new_key, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="installation_has_one_row")]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def current_key(cls) -> str:
        """Return this database's key, making it at the first call ever."""
        installation, _ = cls.objects.get_or_create(id=cls.ONLY_ID)
        return installation.key
