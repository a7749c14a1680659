"""Submitting a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from django.db import transaction

from container_manager.executors.registry import HostConfig, UnknownExecutorError, build_executor
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, ExecutorHost
from container_manager.request.job_request import JobRequestFields
from container_manager.services.unsupported import unsupported_fields
from container_manager.validation.problems import FieldProblem, InvalidJobError


@dataclass(frozen=True, kw_only=True)
class SubmittedJob:
    """The job that was stored."""

    id: int
    status: Status


def submit_job(*, host: str | None = None, **fields: Unpack[JobRequestFields]) -> SubmittedJob:
    """Check a request and store it as a pending job.

    ``host`` is the name of the host it must run on; its executor must be able to honor the request.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`; nothing is stored then.
    """
    with transaction.atomic():
        job = ContainerJob.objects.create_job(host=host, **fields)
        if job.host is not None:
            problems = _unsupported_by(job.host, job)
            if problems:
                raise InvalidJobError(problems)
    return SubmittedJob(id=job.pk, status=Status(job.status))


def _unsupported_by(host: ExecutorHost, job: ContainerJob) -> list[FieldProblem]:
    config = HostConfig(name=host.name, address=host.address, options=host.options)
    try:
        capabilities = build_executor(host.executor_type, config).capabilities
    except (UnknownExecutorError, ValueError) as error:
        message = f"{host.name!r} cannot be used: {error}."
        return [FieldProblem(field="host", message=message, fix="Mend the host first.")]
    return unsupported_fields(
        job.run_spec(), capabilities, host_name=host.name, registry_secret=job.registry_secret
    )
