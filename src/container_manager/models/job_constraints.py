"""What the database keeps of jobs besides their rows: how they are found, what can never be, and who is told."""

from __future__ import annotations

from django.db import models

from container_manager.lifecycle.status import ACTIVE, TERMINAL, Status
from container_manager.models.notifying import News, NotifyWhen

INDEXES = [
    models.Index(
        models.F("priority").desc(),
        "id",
        name="job_pending",
        condition=models.Q(status=Status.PENDING, is_blocked=False),
    ),
    models.Index(
        fields=("not_before",),
        name="job_due",
        condition=models.Q(status=Status.PENDING, not_before__isnull=False),
    ),
    models.Index(fields=("lease_expires_at",), name="job_active", condition=models.Q(status__in=sorted(ACTIVE))),
    models.Index(fields=("lease_expires_at",), name="job_leased", condition=models.Q(lease_expires_at__isnull=False)),
    models.Index(fields=("concurrency_key", "status"), name="job_key_status", condition=~models.Q(concurrency_key="")),
    models.Index(
        fields=("expires_at",),
        name="job_expiring",
        condition=models.Q(status=Status.PENDING, expires_at__isnull=False),
    ),
    models.Index(fields=("status", "-id"), name="job_status_newest"),
    models.Index(fields=("created_at",), name="job_created"),
    models.Index(fields=("array", "status"), name="job_array_status", condition=models.Q(array__isnull=False)),
    # A row is written anew into every index that holds it, four times a job: few hold the usual one.
    models.Index(fields=("host",), name="job_host", condition=models.Q(host__isnull=False)),
    models.Index(fields=("owner",), name="job_owner", condition=models.Q(owner__isnull=False)),
    models.Index(fields=("cloned_from",), name="job_cloned", condition=models.Q(cloned_from__isnull=False)),
]

#: A job became claimable, or is due at another time, or gave up its place among those of its array or concurrency key.
_FREED = """
(NEW.status = 'pending' AND NOT NEW.is_blocked AND NOT NEW.is_clearing AND NEW.lease_owner = '' AND (
  OLD.status <> 'pending' OR OLD.is_blocked OR OLD.is_clearing OR OLD.lease_owner <> ''
  OR OLD.not_before IS DISTINCT FROM NEW.not_before))
OR ((OLD.concurrency_key <> '' OR OLD.array_id IS NOT NULL) AND OLD.status IN ('launching', 'running', 'cancelling')
    AND NEW.status NOT IN ('launching', 'running', 'cancelling'))
"""

CONSTRAINTS = [
    models.UniqueConstraint(
        fields=("dedup_key",), name="job_dedup_key_unique", condition=models.Q(dedup_key__isnull=False)
    ),
    models.CheckConstraint(condition=models.Q(status__in=[s.value for s in Status]), name="job_status_known"),
    models.CheckConstraint(
        condition=models.Q(status__in=sorted(TERMINAL), finished_at__isnull=False)
        | (~models.Q(status__in=sorted(TERMINAL)) & models.Q(finished_at__isnull=True)),
        name="job_finished_at_iff_terminal",
    ),
    NotifyWhen(
        name="job_submitted",
        event="INSERT",
        when="NEW.status = 'pending' AND NOT NEW.is_blocked",
        news=News.WORK.value,
    ),
    NotifyWhen(name="job_freed", event="UPDATE", when=_FREED, news=News.WORK.value),
    NotifyWhen(
        name="job_left",
        event="UPDATE",
        when="OLD.lease_owner <> '' AND NEW.lease_owner = '' AND NEW.lease_expires_at IS NOT NULL",
        news=News.LEFT.value,
    ),
    NotifyWhen(
        name="job_cancelling",
        event="UPDATE",
        when="NEW.status = 'cancelling' AND OLD.status <> 'cancelling'",
        news=News.CANCEL.value,
    ),
]
