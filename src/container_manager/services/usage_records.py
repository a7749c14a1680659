"""Storing what attempts use: the series while they run, and the figures of their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from container_manager.executors.base import Usage
from container_manager.models import Attempt
from container_manager.scheduling.usage_series import UsageSeries
from container_manager.services.leases import Lease


def usage_columns(usage: Usage) -> dict[str, object]:
    """Return the columns of an attempt that hold its usage."""
    return {
        "peak_memory_bytes": usage.peak_memory_bytes,
        "cpu_seconds": usage.cpu_seconds,
        "oom_kills": usage.oom_kills,
        "throttled_seconds": usage.throttled_seconds,
        "throttled_periods": usage.throttled_periods,
        "cpu_periods": usage.cpu_periods,
        "io_read_bytes": usage.io_read_bytes,
        "io_write_bytes": usage.io_write_bytes,
        "pids_peak": usage.pids_peak,
        "usage_source": usage.source,
        "usage_sampled": sorted(usage.sampled),
    }


def store_series(series: Sequence[tuple[Lease, bytes]]) -> None:
    """Store what was sampled of running attempts, in one transaction. What is no longer ours is left alone."""
    with transaction.atomic():
        for lease, packed in series:
            held = Attempt.objects.live().filter(pk=lease.attempt_id, job__lease_token=lease.token)
            held.update(usage_series=packed)


def load_series(attempt_ids: Sequence[int]) -> Mapping[int, UsageSeries]:
    """Return what workers before us have sampled of these attempts."""
    stored = Attempt.objects.filter(pk__in=attempt_ids, usage_series__isnull=False)
    return {attempt.pk: UsageSeries(attempt.usage_points) for attempt in stored.only("pk", "usage_series")}
