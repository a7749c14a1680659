"""Rows that tell workers of their change: whoever writes them, in whatever way, nobody can forget to tell.

On PostgreSQL a trigger sends a notification, which goes out when the transaction commits; equal ones of one transaction
go out once. Other databases have nothing like it, and workers there watch for changes by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table

CHANNEL = "sickbay_jobs"


class News(StrEnum):
    """What a notification says."""

    WORK = "work"
    """A job may have become claimable."""
    LEFT = "left"
    """A job was handed back by its worker: somebody must look after it."""
    CANCEL = "cancel"
    """A job that runs is to be stopped."""


_FUNCTION = f"""
CREATE OR REPLACE FUNCTION sickbay_notify() RETURNS trigger LANGUAGE plpgsql AS
$sickbay$ BEGIN PERFORM pg_notify('{CHANNEL}', TG_ARGV[0]); RETURN NULL; END $sickbay$;
"""
_CREATE = (
    _FUNCTION + "CREATE TRIGGER %(name)s AFTER %(event)s ON %(table)s FOR EACH ROW WHEN (%(when)s)"
    " EXECUTE FUNCTION sickbay_notify('%(news)s')"
)


class NotifyWhen(models.BaseConstraint):
    """A trigger, kept among a model's constraints so that migrations make and remove it.

    ``event`` is ``INSERT`` or ``UPDATE``; ``when`` is a condition in SQL over ``NEW`` and, in an update, ``OLD``.
    """

    def __init__(self, *, name: str, event: str, when: str, news: str) -> None:
        super().__init__(name=name)
        self.event = event
        self.when = when
        self.news = news

    def constraint_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:  # noqa: ANN401  (of the base class)
        """Return nothing to stand within a table's definition; the trigger is made once the table is there."""
        if model is not None and schema_editor is not None:
            statement = self.create_sql(model, schema_editor)
            if statement:
                schema_editor.deferred_sql.append(statement)
        return None

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:  # noqa: ANN401  (of the base class)
        """Return what makes the trigger, nothing where the database has no notifications."""
        if model is None or schema_editor is None or schema_editor.connection.vendor != "postgresql":
            return None
        return Statement(_CREATE, event=self.event, when=self.when, news=self.news, **self._names(model, schema_editor))

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:  # noqa: ANN401  (of the base class)
        """Return what removes the trigger."""
        if model is None or schema_editor is None or schema_editor.connection.vendor != "postgresql":
            return None
        return Statement("DROP TRIGGER %(name)s ON %(table)s", **self._names(model, schema_editor))

    def validate(self, *args: object, **kwargs: object) -> None:
        """Refuse nothing."""

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """Return how to make it again."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "event": self.event, "when": self.when, "news": self.news}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotifyWhen) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def _names(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> dict[str, Any]:
        table = Table(model._meta.db_table, schema_editor.quote_name)  # noqa: SLF001  (Django's documented access)
        return {"name": schema_editor.quote_name(self.name), "table": table}
