"""Many rows as a few parameters: on PostgreSQL a column's values travel as one array, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Fields: TypeAlias = "tuple[models.Field[Any, Any], ...]"


def takes_arrays(connection: BaseDatabaseWrapper) -> bool:
    """Whether this database knows arrays."""
    return connection.vendor == "postgresql"


def unnest(fields: Fields, connection: BaseDatabaseWrapper) -> str:
    """Return a table of the columns of these fields, with a slot for each column's array."""
    quote = connection.ops.quote_name
    arrays = ", ".join(f"%s::{_kind(field, connection)}[]" for field in fields)
    columns = ", ".join(quote(field.attname) for field in fields)
    return f"UNNEST({arrays}) AS given({columns})"


def columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """Return the values of each column, of rows as the database takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


def _kind(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> str:
    # Without its length: a cast to one would cut what is too long, and the column itself refuses it.
    kind = field.db_type(connection) or "text"
    return kind.partition("(")[0]
