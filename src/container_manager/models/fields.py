"""Columns for text that others wrote: no byte of a platform's message can make a write fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField  # takes no type arguments when it runs


def storable(text: str) -> str:
    """Return the text as every database takes it: NUL and half surrogate pairs become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def storable_json(value: object) -> object:
    """Return a JSON value with every text in it storable, keys too."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable_json(key): storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [storable_json(item) for item in value]
        case _:
            return value


class ForeignTextField(TextField):
    """Text from outside."""

    def get_prep_value(self, value: object) -> object:
        """Return what is stored."""
        prepared = super().get_prep_value(value)
        return storable(prepared) if isinstance(prepared, str) else prepared


class ForeignJSONField(models.JSONField):
    """JSON with text from outside in it."""

    def get_db_prep_value(self, value: object, connection: BaseDatabaseWrapper, prepared: bool = False) -> object:
        """Return what is stored."""
        return super().get_db_prep_value(storable_json(value), connection, prepared)
