"""A request to run an image and a command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, router, transaction
from django.utils import timezone

from container_manager.lifecycle.status import ACTIVE, TERMINAL, FailureReason, Status
from container_manager.models.array_making import store_array
from container_manager.models.database_clock import database_now
from container_manager.models.environment_template import with_template
from container_manager.models.executor_host import ExecutorHost
from container_manager.models.host_choice import find_host
from container_manager.models.job_array import JobArray
from container_manager.models.job_constraints import CONSTRAINTS, INDEXES
from container_manager.models.job_files import inputs_of
from container_manager.models.job_making import Draft, MadeJob, store_job
from container_manager.models.job_warnings import refuse_unusable_secrets
from container_manager.models.policy_columns import PolicyColumns
from container_manager.models.request_columns import RequestColumns
from container_manager.models.utilization import ResourceUtilization
from container_manager.request.array import ArrayShape, check_array, check_array_waits
from container_manager.request.graph import Upstream
from container_manager.request.job_request import JobRequest, JobRequestFields, check_request
from container_manager.scheduling.usage_series import UsagePoint
from container_manager.validation.problems import Problems

if TYPE_CHECKING:
    from container_manager.models.attempt import Attempt
    from container_manager.models.log_chunk import LogPiece


class ContainerJobQuerySet(models.QuerySet["ContainerJob"]):
    """Jobs, by where they stand."""

    def pending(self) -> ContainerJobQuerySet:
        """Jobs that no worker has taken yet."""
        return self.filter(status=Status.PENDING)

    def active(self) -> ContainerJobQuerySet:
        """Jobs that hold a place on a host: launching, running, or being cancelled."""
        return self.filter(status__in=ACTIVE)

    def finished(self) -> ContainerJobQuerySet:
        """Jobs to which nothing can happen any more."""
        return self.filter(status__in=TERMINAL)

    def failed(self) -> ContainerJobQuerySet:
        """Jobs that ended badly by themselves: failed, or stopped at their time limit."""
        return self.filter(status__in=(Status.FAILED, Status.TIMEOUT))

    def recent(self, hours: float = 24) -> ContainerJobQuerySet:
        """Jobs created within the last ``hours``."""
        return self.filter(created_at__gte=timezone.now() - timedelta(hours=hours))

    def by_host(self, host: ExecutorHost | str) -> ContainerJobQuerySet:
        """Jobs asked for, or tried, on this host (an ``ExecutorHost`` or its name)."""
        name = host if isinstance(host, str) else host.name
        return self.filter(models.Q(host__name=name) | models.Q(attempts__host__name=name)).distinct()


_Manager = models.Manager.from_queryset(ContainerJobQuerySet)


class ContainerJobManager(_Manager["ContainerJob"]):
    """How jobs are made."""

    def create_job(
        self,
        *,
        host: ExecutorHost | str | None = None,
        owner: AbstractBaseUser | None = None,
        **fields: Unpack[JobRequestFields],
    ) -> ContainerJob:
        """Check a request at once and store it as a pending job, in the caller's own transaction where there is one.

        ``host`` is an ``ExecutorHost`` or its name; without it the job goes to any available one. ``owner`` is the
        user whose job it is. The other arguments are those of
        :class:`~container_manager.request.job_request.JobRequestFields`. With a ``dedup_key`` that a job has already,
        that job is returned.

        Raises :class:`~container_manager.request.job_request.InvalidJobError`, which names every wrong field with what
        would be right. Nothing is stored then.
        """
        return self.make_job(self.draft(Problems(), host=host, owner=owner, **fields)).job

    def create_array(
        self,
        *,
        size: int,
        max_running: int | None = None,
        host: ExecutorHost | str | None = None,
        owner: AbstractBaseUser | None = None,
        **fields: Unpack[JobRequestFields],
    ) -> JobArray:
        """Store ``size`` pending jobs that differ in the variable ``SICKBAY_ARRAY_INDEX`` alone; return their array.

        At most ``max_running`` of them are active at once. The other arguments are those of :meth:`create_job`.
        Raises what it raises.
        """
        problems = Problems()
        shape = check_array(size, max_running, fields, problems)
        return self.make_array(self.draft(problems, host=host, owner=owner, **fields), shape)

    def draft(
        self,
        problems: Problems,
        *,
        host: ExecutorHost | str | None = None,
        owner: AbstractBaseUser | None = None,
        **fields: Unpack[JobRequestFields],
    ) -> Draft:
        """Check a request and store nothing. Raises what :meth:`create_job` raises, ``problems`` included."""
        chosen = find_host(host, problems)
        resolved = with_template(fields, self._database, problems)
        request = check_request(resolved, problems, partial(database_now, self._database))
        refuse_unusable_secrets(request, None if owner is None else owner.pk, self._database)
        return Draft(request=request, columns={"host_id": chosen and chosen.pk, "owner_id": owner and owner.pk})

    def make_job(self, draft: Draft) -> MadeJob:
        """Store what was checked; say whether it was made now, or is the one that has its dedup key."""
        with self._transaction():
            return store_job(self.using(self._database), draft)

    def make_array(self, draft: Draft, shape: ArrayShape) -> JobArray:
        """Store an array that was checked."""
        check_array_waits(len(draft.waits), shape)
        with self._transaction():
            return store_array(self.using(self._database), draft, shape)

    @property
    def _database(self) -> str:
        return self._db or router.db_for_write(self.model)

    def _transaction(self) -> AbstractContextManager[None]:
        return transaction.atomic(using=self._database)


class ContainerJob(RequestColumns, PolicyColumns):
    """One request to run an image and a command, and where it stands.

    Limits are in MB (1024 * 1024 bytes), cores, and seconds. ``status`` changes only by
    :func:`container_manager.lifecycle.machine.transition`, in one guarded update with a ``JobEvent``; ``finished_at``
    is set with a terminal status and never without one.
    """

    host = models.ForeignKey(
        ExecutorHost, on_delete=models.PROTECT, null=True, related_name="requested_jobs", db_index=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="container_jobs", db_index=False
    )
    array = models.ForeignKey(JobArray, on_delete=models.CASCADE, null=True, related_name="jobs", db_index=False)
    array_index = models.PositiveIntegerField(null=True)
    cloned_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="clones", db_index=False)

    status = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Status], default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    is_blocked = models.BooleanField(default=False, db_default=False)
    """Whether a dependency is not met yet. Kept in the transactions in which jobs are made and end."""
    is_clearing = models.BooleanField(default=False, db_default=False)
    """Whether a pending job's last attempt is over and not cleared away yet; until then no other begins."""
    failure_reason = models.CharField(
        max_length=30, blank=True, db_default="", choices=[(r.value, r.value) for r in FailureReason]
    )
    """Why the job ended badly: its last attempt's reason, or the limit that it reached while it waited."""
    expires_at = models.DateTimeField(null=True)
    """When the job, if it is still pending, ends for waiting too long. By the database's clock."""
    restarted_after = models.PositiveIntegerField(default=0, db_default=0)
    """The last attempt before the job was restarted: policies count from the next one."""
    raised_memory_limit = models.PositiveIntegerField(null=True)
    """The next attempt's memory limit where it is more than the job's, in MB."""

    lease_owner = models.CharField(max_length=100, blank=True)
    lease_token = models.PositiveBigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)

    objects: ClassVar[ContainerJobManager] = ContainerJobManager()

    class Meta:
        ordering = ("-id",)
        indexes = INDEXES
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return f"job {self.pk}" + (f" ({self.name})" if self.name else "")

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can happen to the job any more."""
        return Status(self.status).is_terminal

    @property
    def as_upstream(self) -> Upstream:
        """What another job waits for when it waits for this one."""
        return Upstream(id=self.pk or 0)

    @property
    def request(self) -> JobRequest:
        """The checked request that this job was made from."""
        return JobRequest(
            spec=self.run_spec(),
            name=self.name,
            environment_template=self.environment_template,
            registry_secret=self.registry_secret,
            secrets=self.secret_references,
            files=inputs_of(self),
            stop_grace_seconds=self.stop_grace_seconds,
            log_cap_bytes=self.log_cap_bytes,
            policy=self.policy,
            retry=self.retry,
        )

    @property
    def last_attempt(self) -> Attempt | None:
        """The newest attempt, ``None`` before the first."""
        return self.attempts.order_by("-number").first()

    @property
    def duration(self) -> timedelta | None:
        """How long the last attempt ran, so far or in all; ``None`` before it started."""
        attempt = self.last_attempt
        return attempt.duration if attempt else None

    @property
    def peak_memory_usage(self) -> float | None:
        """The last attempt's peak memory in MB; ``None`` where it was not measured."""
        attempt = self.last_attempt
        return attempt.peak_memory_mb if attempt else None

    @property
    def usage_series(self) -> Sequence[UsagePoint]:
        """What the last attempt used over time, oldest first; empty where nothing was sampled."""
        attempt = self.last_attempt
        return attempt.usage_points if attempt else ()

    @property
    def resource_utilization(self) -> ResourceUtilization | None:
        """What the last attempt used of its limits; ``None`` before the first attempt."""
        attempt = self.last_attempt
        if attempt is None:
            return None
        return ResourceUtilization(
            peak_memory_mb=attempt.peak_memory_mb,
            memory_limit_mb=self.memory_limit,
            cpu_seconds=attempt.cpu_seconds,
            cpu_limit=self.cpu_limit,
            run_seconds=attempt.duration.total_seconds() if attempt.duration else None,
        )

    def get_logs(self, stream: str | None = None) -> str:
        """Return the last attempt's stored output as text: both streams as they came, or ``"stdout"``, or ``"stderr"``.

        Bytes that are not UTF-8 are shown as U+FFFD; a line stands where the log's cap cut something out.
        """
        return b"".join(piece.marked_data for piece in self._pieces(stream)).decode(errors="replace")

    @property
    def parsed_output(self) -> Any:  # noqa: ANN401  (JSON is of any shape)
        """The last attempt's standard output read as JSON; ``None`` where it is no JSON, or not all of it was kept."""
        pieces = list(self._pieces("stdout"))
        if any(piece.cut_before for piece in pieces):
            return None
        try:
            return json.loads(b"".join(piece.data for piece in pieces))
        except (ValueError, RecursionError):
            return None

    def _pieces(self, stream: str | None) -> Iterator[LogPiece]:
        # Imported late: logs know attempts, and attempts know their job.
        from container_manager.models.stored_log import StoredLog  # noqa: PLC0415  (it knows attempts, which know jobs)

        attempt = self.last_attempt
        if attempt is None:
            return iter(())
        return StoredLog(attempt, stream).pieces()
