"""Storing many jobs from one checked request, told apart by an index.

The first one is stored as any job is; the database itself makes the others from its row, so that tens of thousands take
little time and no memory here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now

from container_manager.models.job_array import JobArray
from container_manager.models.job_making import Draft, insert_job
from container_manager.request.array import INDEX_VARIABLE, ArrayShape, index_variables

if TYPE_CHECKING:
    from container_manager.models.container_job import ContainerJob

#: The environment of the n-th job, made from that of the first.
_ENVIRONMENT = {
    "postgresql": f"first.environment || jsonb_build_object('{INDEX_VARIABLE}', numbers.n::text)",
    "sqlite": f"json_set(first.environment, '$.{INDEX_VARIABLE}', CAST(numbers.n AS TEXT))",
}


def store_array(jobs: models.QuerySet[ContainerJob], draft: Draft, shape: ArrayShape) -> JobArray:
    """Store an array and its jobs. Call it within a transaction.

    Raises :class:`~container_manager.validation.problems.InvalidJobError` for upstream jobs that do not exist.
    """
    array = JobArray.objects.using(jobs.db).create(
        name=draft.request.name, size=shape.size, max_running=shape.max_running, created_at=Now()
    )
    variables = index_variables(index=0, size=shape.size)
    first = insert_job(jobs, draft, {"array": array, "array_index": 0}, variables)
    if shape.size > 1:
        _repeat(first, shape.size)
        for model in (first.events.model, first.dependencies.model, first.artifacts.model):
            _repeat_rows(model, first)
    array.refresh_from_db()
    return array


def _repeat(first: ContainerJob, size: int) -> None:
    """Store the jobs with the indexes from 1, in their order."""
    connection = _connection(first)
    changed = {"array_index": "numbers.n", "environment": _ENVIRONMENT[connection.vendor]}
    columns = _columns(type(first), changed, of="first")
    table = _table(type(first))
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < %s)"
    chosen = f"FROM {table} AS first, numbers WHERE first.id = %s ORDER BY numbers.n"
    with connection.cursor() as cursor:
        cursor.execute(f"{numbers} {_insert(table, columns)} {chosen}", [size, first.pk])


def _repeat_rows(model: type[models.Model], first: ContainerJob) -> None:
    """Store what belongs to the first job for each of the others too."""
    columns = _columns(model, {"job_id": "other.id"}, of="own")
    own, jobs = _table(model), _table(type(first))
    is_for = "own.job_id = %s AND other.array_id = %s AND other.id <> %s"
    chosen = f"FROM {own} AS own, {jobs} AS other WHERE {is_for} ORDER BY own.id, other.id"
    with _connection(first).cursor() as cursor:
        cursor.execute(f"{_insert(own, columns)} {chosen}", [first.pk, first.array_id, first.pk])


def _connection(job: ContainerJob) -> BaseDatabaseWrapper:
    return connections[router.db_for_write(type(job), instance=job)]


def _insert(table: str, columns: Mapping[str, str]) -> str:
    # No word in it comes from outside: all are names of columns and expressions of this module.
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"


def _table(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'  # noqa: SLF001  (documented by Django)


def _columns(model: type[models.Model], changed: Mapping[str, str], *, of: str) -> Mapping[str, str]:
    """Return every column but the key, and what a copy has in it."""
    fields = model._meta.concrete_fields  # noqa: SLF001  (documented by Django)
    names = [str(field.column) for field in fields if not field.primary_key]
    return {f'"{name}"': changed.get(name, f'{of}."{name}"') for name in names}
