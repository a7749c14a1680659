"""Cloning a job: a new job from the same checked request, with some of its fields changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack, cast

from django.contrib.auth.base_user import AbstractBaseUser

from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob
from container_manager.models.job_making import Draft
from container_manager.models.sealed_columns import opened_texts
from container_manager.request.job_request import JobRequest, JobRequestFields
from container_manager.request.places import fields_of, transplanted
from container_manager.sealing.vault import UnopenableError
from container_manager.services.errors import ServiceError, UnknownJobError
from container_manager.services.submit import SubmittedJob, checked_draft
from container_manager.validation.problems import Problems

#: What "not given" means for the host: the original's.
_SAME_HOST = "\0same"


class NotCloneableError(ServiceError):
    """The job cannot be made again. The message says why."""

    def __init__(self, job_id: int, why: str) -> None:
        super().__init__(f"Job {job_id} {why}")
        self.job_id = job_id


def clone_job(
    job_id: int,
    *,
    host: str | None = _SAME_HOST,
    owner: AbstractBaseUser | None = None,
    **changes: Unpack[JobRequestFields],
) -> SubmittedJob:
    """Make a new pending job from a job's request, whatever became of it, with these fields changed.

    The clone has no dedup key, no ``not_before``, waits for nothing, and is in no array, unless ``changes`` say so. Its
    environment is the original's as it was resolved, secrets included; with ``environment`` or
    ``environment_template`` among the changes it is resolved anew. ``owner`` is the original's unless given.

    Raises :class:`~container_manager.services.errors.UnknownJobError`, :class:`NotCloneableError`, and
    :class:`~container_manager.validation.problems.InvalidJobError`, also for a deadline that has passed.
    """
    job = ContainerJob.objects.select_related("host", "owner").filter(pk=job_id).first()
    if job is None:
        raise UnknownJobError(job_id)
    _refuse_unopenable(job)
    original = _request_of(job)
    chosen = (job.host.name if job.host else None) if host == _SAME_HOST else host
    owner = owner or cast("AbstractBaseUser | None", job.owner)
    asked = cast("JobRequestFields", {**fields_of(original, changes), **changes})
    checked = checked_draft(Problems(), host=chosen, owner=owner, **asked)
    request = transplanted(original, checked.request, changes)
    made = ContainerJob.objects.make_job(Draft(request=request, columns={**checked.columns, "cloned_from_id": job.pk}))
    return SubmittedJob(id=made.job.pk, status=Status(made.job.status), made_now=made.made_now)


def _request_of(job: ContainerJob) -> JobRequest:
    policy = replace(job.policy, dedup_key="", not_before=None)
    return replace(job.request, policy=policy)


def _refuse_unopenable(job: ContainerJob) -> None:
    try:
        opened_texts(job.sealed_environment)
    except UnopenableError as error:
        why = "has secret variables that no key of the settings opens any more: submit it anew."
        raise NotCloneableError(job.pk, why) from error
