"""Inserting rows of one model with little more work than the database has."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import InsertQuery

from container_manager.services.row_arrays import Fields, columns, takes_arrays, unnest

#: Values in one statement at most: older SQLite libraries take no more than a thousand.
_MOST_VALUES = 900


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


def _insert(rows: list[models.Model], fields: Fields, *, with_keys: bool) -> None:
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    make = _as_arrays if len(rows) > 1 and takes_arrays(connection) else _as_values
    statement, params = make(rows, fields, connection)
    if with_keys:
        statement += f" RETURNING {connection.ops.quote_name(model._meta.pk.attname)}"  # noqa: SLF001  (Django's documented access)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        if with_keys:
            for row, (found,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = found


def _as_values(rows: list[models.Model], fields: Fields, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
    places: list[str] = []
    params: list[Any] = []
    for row in rows:
        place, values = _placed(row, fields, connection)
        places.append(place)
        params += values
    head = _head(type(rows[0]), fields, connection.alias, connection.vendor)
    return f"{head} VALUES {', '.join(places)}", params


def _as_arrays(rows: list[models.Model], fields: Fields, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
    """What the database makes itself is the same for all rows."""
    values = [[getattr(row, field.attname) for field in fields] for row in rows]
    made = tuple(value if isinstance(value, Expression) else None for value in values[0])
    statement, plain = _array_statement(type(rows[0]), fields, made, connection.alias, connection.vendor)
    prepared = [[fields[place].get_db_prep_save(row[place], connection) for place in plain] for row in values]
    return statement, columns(prepared)


@lru_cache(maxsize=64)
def _array_statement(
    model: type[models.Model], fields: Fields, made: tuple[Expression | None, ...], alias: str, vendor: str
) -> tuple[str, tuple[int, ...]]:
    """Return the statement, and which of the fields have their values in arrays. Defaults are left to the columns."""
    connection = connections[alias]
    own = [place for place, value in enumerate(made) if not isinstance(value, DatabaseDefault)]
    plain = tuple(place for place, value in enumerate(made) if value is None)
    words = [
        connection.ops.quote_name(field.attname) if value is None else _expression(value, model, alias, vendor)[0]
        for field, value in ((fields[place], made[place]) for place in own)
    ]
    head = _head(model, tuple(fields[place] for place in own), alias, vendor)
    table = unnest(tuple(fields[place] for place in plain), connection)
    return f"{head} SELECT {', '.join(words)} FROM {table}", plain  # noqa: S608  (our own names)


def _placed(row: models.Model, fields: Fields, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
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
def _fields(model: type[models.Model], only: tuple[str, ...]) -> Fields:
    fields = (field for field in model._meta.concrete_fields if not field.primary_key)  # noqa: SLF001  (Django's documented access)
    return tuple(field for field in fields if not only or field.name in only)


@lru_cache(maxsize=64)
def _head(model: type[models.Model], fields: Fields, alias: str, vendor: str) -> str:
    quote = connections[alias].ops.quote_name
    names = ", ".join(quote(field.attname) for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({names})"  # noqa: SLF001  (our own names)


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
