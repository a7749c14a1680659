"""What a second submit under one dedup key must have in common with the first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from container_manager.models.request_columns import columns_of
from container_manager.models.sealed_columns import opened_if_possible
from container_manager.request.graph import Wait, stored_wait
from container_manager.request.job_request import JobRequest
from container_manager.validation.problems import FieldProblem, InvalidJobError

if TYPE_CHECKING:
    from container_manager.models.container_job import ContainerJob

#: Moments are reckoned anew at every submit, and what is sealed is never the same bytes twice.
_NOT_COMPARED = frozenset({"not_before", "deadline", "expires_at", "sealed_environment"})

#: Columns whose argument has another name.
_ARGUMENTS = {"secret_refs": "secrets", "retry_policy": "retry", "host_id": "host", "owner_id": "owner"}


class DedupConflictError(InvalidJobError):
    """The dedup key belongs to a job that was asked for in other words. ``problems`` has the fields that differ."""

    def __init__(self, job_id: int, key: str, fields: list[str]) -> None:
        self.job_id = job_id
        self.dedup_key = key
        message = f"differs from job {job_id}, which was submitted under the same dedup_key {key!r}."
        fix = "Submit the same request again, or take another dedup_key."
        super().__init__([FieldProblem(field=name, message=message, fix=fix) for name in fields])


def refuse_difference(job: ContainerJob, request: JobRequest, columns: Mapping[str, Any]) -> None:
    """Return if a request is the one this job was made from. Raises :class:`DedupConflictError`.

    No values are shown: any of them may be a secret. ``not_before`` and ``deadline`` may differ; the stored ones hold.
    """
    differing = sorted(set(_differing(job, request, columns)))
    if differing:
        raise DedupConflictError(job.pk, request.policy.dedup_key, differing)


def _differing(job: ContainerJob, request: JobRequest, columns: Mapping[str, Any]) -> Iterator[str]:
    asked = {**columns_of(request), **columns}
    for column, value in asked.items():
        if column not in _NOT_COMPARED and _plain(value) != _plain(getattr(job, column)):
            yield _ARGUMENTS.get(column, column)
    if opened_if_possible(asked.get("sealed_environment")) != opened_if_possible(job.sealed_environment):
        yield "environment"
    stored = _waits_of(job)
    known = {wait.upstream for wait in stored}
    # What was deleted since is no longer known.
    if stored != set(request.waits) and not (_has_lost_one(job) and known <= {w.upstream for w in request.waits}):
        yield from {wait.field for wait in stored ^ set(request.waits)}


def _plain(value: object) -> object:
    return json.loads(json.dumps(value, default=str))


def _waits_of(job: ContainerJob) -> set[Wait]:
    # Either is None; the stubs do not know that.
    rows: Iterable[tuple[int | None, int | None, str]]
    rows = job.dependencies.values_list("upstream", "upstream_array", "after")
    return {wait for row in rows if (wait := stored_wait(*row)) is not None}


def _has_lost_one(job: ContainerJob) -> bool:
    return job.dependencies.filter(upstream__isnull=True, upstream_array__isnull=True).exists()
