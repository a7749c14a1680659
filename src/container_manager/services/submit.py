"""Submitting jobs, in the caller's own database transaction where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from django.contrib.auth.base_user import AbstractBaseUser

from container_manager.executors.registry import HostConfig, UnknownExecutorError, build_executor
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, ExecutorHost
from container_manager.models.job_making import Draft
from container_manager.models.job_warnings import warnings_of
from container_manager.request.graph import Upstream
from container_manager.request.job_request import JobRequestFields
from container_manager.services.unsupported import unsupported_fields
from container_manager.validation.problems import FieldProblem, InvalidJobError, Problems


@dataclass(frozen=True, kw_only=True)
class SubmittedJob:
    """The job that a submit stands for."""

    id: int
    status: Status
    made_now: bool = True
    """Whether it was made by this submit; otherwise an earlier one had the same ``dedup_key``."""
    warnings: tuple[str, ...] = ()
    """What is doubtful about the request, such as plain values that look like secrets; never a value itself."""

    @property
    def as_upstream(self) -> Upstream:
        """What another job waits for when it waits for this one."""
        return Upstream(id=self.id)


def submit_job(
    *, host: str | None = None, owner: AbstractBaseUser | None = None, **fields: Unpack[JobRequestFields]
) -> SubmittedJob:
    """Check a request and store it as a pending job, or return the one that has its ``dedup_key`` already.

    ``host`` is the name of the host it must run on; its executor must be able to honor the request.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`; nothing is stored then. Where the request is
    not the one that made the job with this ``dedup_key``, that is a
    :class:`~container_manager.models.repeated_submit.DedupConflictError`.
    """
    draft = checked_draft(Problems(), host=host, owner=owner, **fields)
    made = ContainerJob.objects.make_job(draft)
    return SubmittedJob(
        id=made.job.pk,
        status=Status(made.job.status),
        made_now=made.made_now,
        warnings=tuple(warnings_of(draft.request)),
    )


def checked_draft(
    problems: Problems,
    *,
    host: str | None = None,
    owner: AbstractBaseUser | None = None,
    **fields: Unpack[JobRequestFields],
) -> Draft:
    """Check a request, also against what the host's executor can honor, and store nothing.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`, with what is in ``problems`` too.
    """
    draft = ContainerJob.objects.draft(problems, host=host, owner=owner, **fields)
    if host is not None and (unsupported := _unsupported_by(ExecutorHost.objects.get(name=host), draft)):
        raise InvalidJobError(unsupported)
    return draft


def _unsupported_by(host: ExecutorHost, draft: Draft) -> list[FieldProblem]:
    config = HostConfig(name=host.name, address=host.address, options=host.options)
    try:
        capabilities = build_executor(host.executor_type, config).capabilities
    except (UnknownExecutorError, ValueError) as error:
        message = f"{host.name!r} cannot be used: {error}."
        return [FieldProblem(field="host", message=message, fix="Mend the host first.")]
    request = draft.request
    return unsupported_fields(request.spec, capabilities, host_name=host.name, registry_secret=request.registry_secret)
