"""Inserting rows of one model with little more work than the database has."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeAlias

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression
from django.db.models.sql import InsertQuery

#: Values in one statement at most: older SQLite libraries take no more than a thousand.
_MOST_VALUES = 900

_Fields: TypeAlias = "tuple[models.Field[Any, Any], ...]"


def insert_rows(rows: Iterable[models.Model], *, only: tuple[str, ...] = (), with_keys: bool = False) -> None:
    """Insert new instances of one model; ``with_keys`` gives each its primary key.

    ``only`` names the fields that are written; the database has defaults for the others.

    Django's ``bulk_create`` without what nobody needs for a few rows of known models: a value is what the field makes
    of it, or an expression.
    """
    waiting = list(rows)
    if not waiting:
        return
    fields = _fields(type(waiting[0]), only)
    at_once = max(1, _MOST_VALUES // len(fields))
    for first in range(0, len(waiting), at_once):
        _insert(waiting[first : first + at_once], fields, with_keys=with_keys)


def _insert(rows: list[models.Model], fields: _Fields, *, with_keys: bool) -> None:
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    places: list[str] = []
    params: list[Any] = []
    for row in rows:
        place, values = _placed(row, fields, connection)
        places.append(place)
        params += values
    returning = f" RETURNING {connection.ops.quote_name(model._meta.pk.attname)}" if with_keys else ""  # noqa: SLF001  (Django's documented access)
    with connection.cursor() as cursor:
        cursor.execute(
            _head(model, fields, connection.alias, connection.vendor) + ", ".join(places) + returning, params
        )
        if with_keys:
            for row, (found,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = found


def _placed(row: models.Model, fields: _Fields, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
    """Return a row of the statement, and its values."""
    places: list[str] = []
    params: list[Any] = []
    for field in fields:
        value = getattr(row, field.attname)
        if isinstance(value, Expression):
            sql, own = _expression(value, type(row), connection.alias, connection.vendor)
            places.append(sql)
            params += own
        else:
            places.append("%s")
            params.append(field.get_db_prep_save(value, connection))
    return f"({', '.join(places)})", params


@lru_cache(maxsize=64)
def _fields(model: type[models.Model], only: tuple[str, ...]) -> _Fields:
    fields = (field for field in model._meta.concrete_fields if not field.primary_key)  # noqa: SLF001  (Django's documented access)
    return tuple(field for field in fields if not only or field.name in only)


@lru_cache(maxsize=64)
def _head(model: type[models.Model], fields: _Fields, alias: str, vendor: str) -> str:
    quote = connections[alias].ops.quote_name
    columns = ", ".join(quote(field.attname) for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608, SLF001  (our own names)


@lru_cache(maxsize=64)
def _expression(
    value: Expression,
    model: type[models.Model],
    alias: str,
    vendor: str,
) -> tuple[str, tuple[Any, ...]]:
    """Return the database's own words for a value that it makes itself, as the present time."""
    query = InsertQuery(model)
    compiler = query.get_compiler(using=alias)
    sql, params = compiler.compile(value.resolve_expression(query, allow_joins=False, for_save=True))
    return sql, tuple(params)
