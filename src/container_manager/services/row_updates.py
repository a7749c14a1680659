"""Writing different values to many rows with one prepared statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connections, models, router

from container_manager.services.row_arrays import columns, takes_arrays, unnest


@dataclass(frozen=True, kw_only=True)
class RowUpdate:
    """New values of one row, by the names of its fields. ``where`` finds the row; both hold plain values."""

    where: Mapping[str, object]
    changes: Mapping[str, object]


def update_rows(model: type[models.Model], updates: Iterable[RowUpdate]) -> int:
    """Write them; return how many rows were found. Those that set the same fields go in one statement."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[RowUpdate]] = defaultdict(list)
    for update in updates:
        alike[tuple(update.changes), tuple(update.where)].append(update)
    return sum(_update(model, changed, where, rows) for (changed, where), rows in alike.items())


def _update(model: type[models.Model], changed: tuple[str, ...], where: tuple[str, ...], rows: list[RowUpdate]) -> int:
    connection = connections[router.db_for_write(model)]
    statement, fields = _statement(model, changed, where, connection.alias, connection.vendor)
    values = [
        [
            field.get_db_prep_save(value, connection)
            for field, value in zip(fields, (*row.changes.values(), *row.where.values()), strict=True)
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        elif takes_arrays(connection):
            cursor.execute(_array_statement(model, changed, where, connection.alias), columns(values))
        else:
            cursor.executemany(statement, values)
        return int(cursor.rowcount)


@lru_cache(maxsize=256)
def _array_statement(model: type[models.Model], changed: tuple[str, ...], where: tuple[str, ...], alias: str) -> str:
    connection = connections[alias]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001  (Django's documented access)
    _, fields = _statement(model, changed, where, alias, connection.vendor)
    names = [quote(field.attname) for field in fields]
    assignments = ", ".join(f"{name} = given.{name}" for name in names[: len(changed)])
    conditions = " AND ".join(f"{table}.{name} = given.{name}" for name in names[len(changed) :])
    return f"UPDATE {table} SET {assignments} FROM {unnest(fields, connection)} WHERE {conditions}"  # noqa: S608  (our own names)


def update_alike(model: type[models.Model], changes_of: Mapping[int, Mapping[str, object]]) -> None:
    """Write these changes to the rows with these primary keys; those that become the same go in one statement."""
    alike: dict[tuple[tuple[str, object], ...], list[int]] = defaultdict(list)
    for key, changes in changes_of.items():
        alike[tuple(changes.items())].append(key)
    connection = connections[router.db_for_write(model)]
    for same, keys in alike.items():
        names = tuple(name for name, _ in same)
        statement, fields = _statement(model, names, (), connection.alias, connection.vendor)
        new = zip(fields, same, strict=True)
        values = [field.get_db_prep_save(value, connection) for field, (_, value) in new]
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} WHERE id IN ({', '.join(['%s'] * len(keys))})", [*values, *keys])


@lru_cache(maxsize=256)
def _statement(
    model: type[models.Model],
    changed: tuple[str, ...],
    where: tuple[str, ...],
    alias: str,
    vendor: str,
) -> tuple[str, tuple[models.Field[Any, Any], ...]]:
    quote = connections[alias].ops.quote_name
    known = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001  (Django's documented access)
    assignments = ", ".join(f"{quote(known[name].attname)} = %s" for name in changed)
    statement = f"UPDATE {quote(model._meta.db_table)} SET {assignments}"  # noqa: S608, SLF001  (our own names)
    if where:
        statement += " WHERE " + " AND ".join(f"{quote(known[name].attname)} = %s" for name in where)
    return statement, tuple(known[name] for name in (*changed, *where))
