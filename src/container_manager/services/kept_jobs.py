"""A job that is made for one worker, which runs it at once and tells its maker how it goes."""

from __future__ import annotations

from typing import Unpack

from django.db import transaction

from container_manager.conf import app_settings
from container_manager.request.job_request import JobRequestFields
from container_manager.services.leases import reserve
from container_manager.services.submit import SubmittedJob, submit_job


def submit_kept(worker: str, *, host: str, **fields: Unpack[JobRequestFields]) -> SubmittedJob:
    """Store a pending job that no other worker takes while this one is alive.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`.
    """
    with transaction.atomic():
        job = submit_job(host=host, **fields)
        reserve(job.id, worker, app_settings().lease_seconds)
    return job
