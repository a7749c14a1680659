"""Submitting a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from django.db import transaction

from container_manager.executors.base import Capabilities
from container_manager.executors.registry import HostConfig, UnknownExecutorError, build_executor
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, ExecutorHost
from container_manager.request.job_request import JobRequestFields
from container_manager.runspec.spec import RunSpec
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
            problems = _unsupported_by(job.host, job.run_spec())
            if problems:
                raise InvalidJobError(problems)
    return SubmittedJob(id=job.pk, status=Status(job.status))


def _unsupported_by(host: ExecutorHost, spec: RunSpec) -> list[FieldProblem]:
    config = HostConfig(name=host.name, address=host.address, options=host.options)
    try:
        capabilities = build_executor(host.executor_type, config).capabilities
    except (UnknownExecutorError, ValueError) as error:
        message = f"{host.name!r} cannot be used: {error}."
        return [FieldProblem(field="host", message=message, fix="Mend the host first.")]
    return unsupported_fields(spec, capabilities, host_name=host.name)


def unsupported_fields(spec: RunSpec, capabilities: Capabilities, *, host_name: str) -> list[FieldProblem]:
    """Return what the request asks for and the executor cannot honor."""
    plain = RunSpec(image=spec.image).hardening
    asked = {
        "mounts": (bool(spec.mounts), capabilities.mounts),
        "memory_limit": (spec.memory_limit_mb is not None, capabilities.memory_limit),
        "cpu_limit": (spec.cpu_limit is not None, capabilities.cpu_limit),
        "user": (spec.user is not None, capabilities.users),
        "network": (spec.network is not None, capabilities.networks),
        "pids_limit": (spec.hardening.pids_limit != plain.pids_limit, capabilities.pids_limit),
        "add_capabilities": (bool(spec.hardening.add_capabilities), capabilities.hardening),
        "read_only_root": (spec.hardening.read_only_root, capabilities.hardening),
    }
    return [
        FieldProblem(
            field=field,
            message=f"cannot be honored by host {host_name!r}.",
            fix="Leave it out, or choose another host.",
        )
        for field, (is_asked, is_honored) in asked.items()
        if is_asked and not is_honored
    ]
