"""Removing finished jobs whose time is over, with everything that belongs to them.

A job goes with its attempts, events, logs, diagnoses, artifacts, and the archives of its logs. It is kept while
anything is still to be done about it, or somebody still counts on it: a worker clears it up, another job waits for it,
or its array is not over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from container_manager.conf import app_settings
from container_manager.lifecycle.status import TERMINAL, Status
from container_manager.models import Attempt, ContainerJob, JobDependency
from container_manager.models.log_archive import is_archive
from container_manager.services.log_archive import remove_archive

#: Jobs that are removed in one transaction: claims wait for one at most for a moment.
BATCH = 100


@dataclass(frozen=True, kw_only=True)
class PruneOptions:
    """Which jobs to remove: those that finished longer than ``older_than`` ago, with one of these statuses."""

    older_than: timedelta
    statuses: Collection[Status] = tuple(sorted(TERMINAL))


def prunable(options: PruneOptions) -> QuerySet[ContainerJob]:
    """Return the jobs that can go, the oldest first."""
    going_on = ~Q(status__in=sorted(TERMINAL))
    waiting = JobDependency.objects.filter(upstream=OuterRef("pk")).filter(~Q(job__status__in=sorted(TERMINAL)))
    siblings = ContainerJob.objects.filter(going_on, array=OuterRef("array"))
    waiting_for_array = JobDependency.objects.filter(upstream_array=OuterRef("array")).filter(
        ~Q(job__status__in=sorted(TERMINAL))
    )
    unremoved = Attempt.objects.unremoved().filter(job=OuterRef("pk")).exclude(handle="")
    idle = Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lt=Now())
    jobs = ContainerJob.objects.filter(
        idle, status__in=sorted(options.statuses), finished_at__lt=Now() - options.older_than
    )
    counted_on = [Exists(waiting), Exists(siblings), Exists(waiting_for_array)]
    if app_settings().remove_containers:
        counted_on.append(Exists(unremoved))
    for reason in counted_on:
        jobs = jobs.filter(~reason)
    return jobs.order_by("pk")


def prune_jobs(options: PruneOptions) -> Iterator[int]:
    """Remove batch by batch, and yield how many went with each. May be broken off and repeated at any time."""
    while removed := _prune_batch(options):
        yield removed


def _prune_batch(options: PruneOptions) -> int:
    with transaction.atomic():
        ids = list(prunable(options).values_list("pk", flat=True)[:BATCH])
        names = Attempt.objects.filter(job__in=ids).exclude(log_archive="").values_list("log_archive", flat=True)
        archives = [name for name in names if is_archive(name)]
        # Files go first: without the row nobody would find them again, and a repeated removal does no harm.
        for name in archives:
            remove_archive(name)
        ContainerJob.objects.filter(pk__in=ids).delete()
    return len(ids)
