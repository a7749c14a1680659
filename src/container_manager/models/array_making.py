"""Storing many jobs from one checked request, told apart by an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from container_manager.lifecycle.status import Status
from container_manager.models.job_array import JobArray
from container_manager.models.job_files import add_inputs, keep_inputs
from container_manager.models.job_making import CANCELLED_BY_UPSTREAM, Draft, Outset, dependency_columns, outset
from container_manager.models.job_warnings import WARNING, warnings_of
from container_manager.request.array import ArrayShape, index_variables

if TYPE_CHECKING:
    from container_manager.models.container_job import ContainerJob

#: Jobs that are in memory at once.
_BITE = 500


def store_array(jobs: models.QuerySet[ContainerJob], draft: Draft, shape: ArrayShape) -> JobArray:
    """Store an array and its jobs. Call it within a transaction.

    Raises :class:`~container_manager.validation.problems.InvalidJobError` for upstream jobs that do not exist.
    """
    begin = outset(jobs, draft.request)
    array = JobArray.objects.using(jobs.db).create(
        name=draft.request.name, size=shape.size, max_running=shape.max_running, created_at=Now()
    )
    inputs = keep_inputs(draft.request.files)
    for bite in _bites(jobs, draft, begin, array):
        stored = jobs.bulk_create(bite)
        _store_waits(stored, draft)
        add_inputs(stored, inputs)
        _store_events(stored, begin, warnings_of(draft.request))
    array.refresh_from_db()
    return array


def _bites(
    jobs: models.QuerySet[ContainerJob], draft: Draft, begin: Outset, array: JobArray
) -> Iterator[list[ContainerJob]]:
    columns = {**begin.columns_for(draft), "array": array}
    plain = columns.pop("environment")
    for first in range(0, array.size, _BITE):
        yield [
            jobs.model(
                **columns, array_index=index, environment={**plain, **index_variables(index=index, size=array.size)}
            )
            for index in range(first, min(first + _BITE, array.size))
        ]


def _store_waits(stored: Sequence[ContainerJob], draft: Draft) -> None:
    rows = stored[0].dependencies
    rows.bulk_create(
        [rows.model(job=job, **dependency_columns(wait)) for job in stored for wait in draft.waits], batch_size=_BITE
    )


def _store_events(stored: Sequence[ContainerJob], begin: Outset, warnings: Sequence[str]) -> None:
    events = stored[0].events
    happened = [("submitted", Status.PENDING.value, "")]
    happened += [(WARNING, Status.PENDING.value, warning) for warning in warnings]
    if begin.hopeless:
        happened.append((CANCELLED_BY_UPSTREAM, Status.CANCELLED.value, begin.hopeless))
    for kind, status, message in happened:
        events.bulk_create([events.model(job=job, kind=kind, status=status, message=message) for job in stored])
