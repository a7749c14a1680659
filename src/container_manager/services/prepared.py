"""Statements that are composed once and then sent again and again with other values.

Django composes a query's SQL anew each time it is asked, which for the claim takes a worker longer than its database
takes to answer. What every job costs is therefore composed once in each thread, from an ordinary queryset whose values
are slots: the models' names, conditions, and indexes stay in one place (docs/adr/0012-prepared-statements.md).

A list of values takes as many slots as the next power of two, and its last value fills those that are left over; so a
few compositions serve lists of any length.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, JSONField, Model, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

from container_manager.models import ContainerJob

#: Compositions kept of one statement in one thread; the one that was used least lately goes.
_KEPT = 128


@dataclass(frozen=True)
class _Place:
    """Where a value goes: a given name, and which of a list's values; ``field`` makes it the database's."""

    name: str
    index: int | None = None
    field: Field[Any, Any] | None = None

    def value(self, given: Mapping[str, Any], connection: BaseDatabaseWrapper) -> object:
        """Return what is sent."""
        found = given[self.name]
        if self.index is not None:
            found = found[min(self.index, len(found) - 1)]
        return found if self.field is None else self.field.get_db_prep_value(found, connection)


class _Slot(Expression):
    """Stands in a queryset for a value that is given later."""

    def __init__(self, place: _Place) -> None:
        super().__init__(output_field=place.field)
        self.place = place

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Say where the value goes."""
        return "%s", [self.place]


class Given:
    """The slots of a statement, by the names of the values that it will be sent with."""

    def __init__(self, lengths: Mapping[str, int | None]) -> None:
        self._lengths = lengths

    def __contains__(self, name: str) -> bool:
        return name in self._lengths

    def one(self, name: str, field: Field[Any, Any] | None = None) -> Any:  # noqa: ANN401  (stands for a value of any type)
        """Return the slot of a value; ``field`` tells what kind it is of where it is not compared with a column."""
        return _Slot(_Place(name, field=field))

    def all(self, name: str) -> list[Any]:
        """Return the slots of a list."""
        return [_Slot(_Place(name, index)) for index in range(self._lengths[name] or 0)]


@dataclass(frozen=True, kw_only=True)
class _Composed:
    """A statement with its slots, and what makes a row of the answer what it was asked for."""

    sql: str
    params: tuple[object, ...]
    converters: tuple[tuple[int, Sequence[Callable[..., Any]], Any], ...] = ()
    model: type[Model] | None = None
    columns: tuple[int, ...] = ()
    attributes: tuple[str, ...] = ()
    extra: tuple[tuple[str, int], ...] = ()
    """Annotations of an instance: their names, and their columns."""

    def filled(self, given: Mapping[str, Any], connection: BaseDatabaseWrapper) -> list[Any]:
        """Return the values to send."""
        return [p.value(given, connection) if isinstance(p, _Place) else p for p in self.params]

    def answers(self, rows: Sequence[Sequence[Any]], alias: str, connection: BaseDatabaseWrapper) -> list[Any]:
        """Return the rows as what was asked for."""
        if self.converters:
            rows = [self._converted(list(row), connection) for row in rows]
        if self.model is None:
            return [tuple(row) for row in rows]
        return [self._instance(self.model, row, alias) for row in rows]

    def _converted(self, row: list[Any], connection: BaseDatabaseWrapper) -> list[Any]:
        for column, functions, expression in self.converters:
            for function in functions:
                row[column] = function(row[column], expression, connection)
        return row

    def _instance(self, model: type[Model], row: Sequence[Any], alias: str) -> Model:
        found = model.from_db(alias, self.attributes, [row[column] for column in self.columns])
        for name, column in self.extra:
            setattr(found, name, row[column])
        return found


class _Prepared(ABC):
    """What both kinds share: the compositions of this thread."""

    _LISTS: ClassVar = (list, tuple)

    def __init__(self) -> None:
        self._kept = threading.local()

    def _composed(self, alias: str, form: tuple[object, ...], given: Mapping[str, Any]) -> _Composed:
        lengths = {
            name: _slots_for(len(value)) if isinstance(value, self._LISTS) else None for name, value in given.items()
        }
        key = (alias, form, tuple(lengths.items()))
        kept: OrderedDict[object, _Composed] = self._kept.__dict__.setdefault("composed", OrderedDict())
        found = kept.get(key)
        if found is None:
            found = kept[key] = self._compose(alias, form, Given(lengths))
            if len(kept) > _KEPT:
                kept.popitem(last=False)
        else:
            kept.move_to_end(key)
        return found

    @abstractmethod
    def _compose(self, alias: str, form: tuple[object, ...], given: Given) -> _Composed:
        """Put the statement into words."""


class PreparedSelect(_Prepared):
    """A query for instances of a model, or for tuples (``values_list``).

    ``build`` returns the queryset; it is given the slots, and what else its form depends on: conditions that come or
    go, a limit.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        super().__init__()
        self._build = build

    def __call__(self, *form: object, **given: Any) -> list[Any]:  # noqa: ANN401  (values of any type)
        """Ask, and return all rows. No list of values may be empty."""
        alias = router.db_for_write(ContainerJob)
        composed = self._composed(alias, form, given)
        connection = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(composed.sql, composed.filled(given, connection))
            rows = cursor.fetchall()
        return composed.answers(rows, alias, connection)

    def _compose(self, alias: str, form: tuple[object, ...], given: Given) -> _Composed:
        query = self._build(given, *form).query
        compiler = query.get_compiler(using=alias)
        sql, params = compiler.as_sql()
        chosen = compiler.select
        converters = compiler.get_converters([column for column, _, _ in chosen])
        composed = _Composed(
            sql=sql,
            params=tuple(params),
            converters=tuple(
                (column, _quicker(functions, expression), expression)
                for column, (functions, expression) in converters.items()
            ),
        )
        if query.has_select_fields or compiler.klass_info is None:
            return composed
        columns = tuple(compiler.klass_info["select_fields"])
        return replace(
            composed,
            model=compiler.klass_info["model"],
            columns=columns,
            attributes=tuple(chosen[column][0].target.attname for column in columns),
            extra=tuple(compiler.annotation_col_map.items()),
        )


class PreparedUpdate(_Prepared):
    """An update of the same columns. ``build`` returns the queryset and the new values, slots or others."""

    def __init__(self, build: Callable[..., tuple[QuerySet[Any, Any], Mapping[str, Any]]]) -> None:
        super().__init__()
        self._build = build

    def __call__(self, *form: object, **given: Any) -> int:  # noqa: ANN401  (values of any type)
        """Write, and return how many rows were found. No list of values may be empty."""
        alias = router.db_for_write(ContainerJob)
        composed = self._composed(alias, form, given)
        connection = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(composed.sql, composed.filled(given, connection))
            return int(cursor.rowcount)

    def _compose(self, alias: str, form: tuple[object, ...], given: Given) -> _Composed:
        rows, changes = self._build(given, *form)
        query = cast("UpdateQuery", rows.order_by().query.chain(UpdateQuery))
        query.add_update_values(dict(changes))
        sql, params = query.get_compiler(using=alias).as_sql()
        return _Composed(sql=sql, params=tuple(params))


def _slots_for(values: int) -> int:
    """Return the next power of two."""
    return 1 << max(0, values - 1).bit_length()


def _quicker(functions: Sequence[Callable[..., Any]], expression: Expression) -> Sequence[Callable[..., Any]]:
    """Return the converters, with one for JSON that knows what most columns hold."""
    field = expression.output_field
    if type(field) is not JSONField or field.decoder is not None:
        return functions
    return [_from_json if function == field.from_db_value else function for function in functions]


def _from_json(value: str | None, expression: Expression, connection: BaseDatabaseWrapper) -> object:
    if value is None:
        return None
    empty = _EMPTY_JSON.get(value)
    return json.loads(value) if empty is None else empty()


_EMPTY_JSON: Mapping[str, Callable[[], object]] = {"{}": dict, "[]": list, '""': str}
