"""A configured place where attempts run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from container_manager.models.fields import ForeignTextField
from container_manager.models.notifying import News, NotifyWhen


class ExecutorHostQuerySet(models.QuerySet["ExecutorHost"]):
    """Hosts, by what can be done with them."""

    def available(self) -> ExecutorHostQuerySet:
        """Hosts that take new work: active, not draining, not found unhealthy at their last check, not held off."""
        trusted = models.Q(held_off_until__isnull=True) | models.Q(held_off_until__lte=Now())
        return self.filter(trusted, is_active=True, is_draining=False).exclude(is_healthy=False)

    def by_type(self, executor_type: str) -> ExecutorHostQuerySet:
        """Hosts with this executor."""
        return self.filter(executor_type=executor_type)


_Manager = models.Manager.from_queryset(ExecutorHostQuerySet)


class ExecutorHostManager(_Manager["ExecutorHost"]):
    """The way to hosts."""


@dataclass(frozen=True, kw_only=True)
class HostHealth:
    """What one health check found."""

    is_healthy: bool
    detail: str
    version: str = ""
    latency_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class HostCapacity:
    """What a host has in all, as of its last health check. ``None`` means not known."""

    memory_mb: int | None
    cpus: float | None
    max_running: int


#: It takes new work again, or more of it.
_OPENED = """
(OLD.is_draining AND NOT NEW.is_draining) OR (NEW.is_active AND NOT OLD.is_active)
OR (NEW.is_healthy AND OLD.is_healthy IS DISTINCT FROM NEW.is_healthy) OR NEW.max_running > OLD.max_running
"""


class ExecutorHost(models.Model):
    """One configured place with an executor.

    ``address`` is what the executor connects to, empty for its default. ``max_running`` is how many attempts it
    may hold at once. ``is_healthy`` is what its last health check found, ``None`` before the first.
    """

    name = models.CharField(max_length=100, unique=True)
    executor_type = models.CharField(max_length=50, default="docker")
    address = models.CharField(max_length=500, blank=True)
    options = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    is_draining = models.BooleanField(default=False)
    max_running = models.PositiveIntegerField(default=4, validators=[MinValueValidator(1)])
    weight = models.PositiveIntegerField(default=100)
    labels = models.JSONField(default=dict, blank=True, db_default={})
    allow_overcommit = models.BooleanField(default=False, db_default=False)
    """Whether the memory limits of its attempts may add up to more than it has."""

    is_healthy = models.BooleanField(null=True, default=None, editable=False)
    health_detail = ForeignTextField(blank=True, editable=False)
    version = models.CharField(max_length=100, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    silent_launches = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Launches in a row to which it did not answer."""
    held_off_until = models.DateTimeField(null=True, editable=False)
    """Until when it takes no new work, however its last check went: its circuit breaker is open."""
    memory_mb = models.PositiveIntegerField(null=True, editable=False)
    cpus = models.FloatField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ExecutorHostManager] = ExecutorHostManager()

    class Meta:
        ordering = ("name",)
        constraints = [NotifyWhen(name="host_opened", event="UPDATE", when=_OPENED, news=News.WORK.value)]

    def __str__(self) -> str:
        return self.name

    checker: ClassVar[Callable[[int], HostHealth]]
    """How a host is asked, by its id. The app sets it when it starts: models do not know executors."""

    def check_health(self) -> HostHealth:
        """Ask the host how it is, within a time limit; what was found is stored, and read into this object."""
        found = type(self).checker(self.pk)
        self.refresh_from_db()
        return found

    @property
    def is_available(self) -> bool:
        """The same rule as :meth:`ExecutorHostQuerySet.available`, for one host, by this machine's clock."""
        return self.is_active and not self.is_draining and self.is_healthy is not False and not self.is_held_off

    @property
    def is_held_off(self) -> bool:
        """Whether it is given nothing for now because it flapped, or left launches without an answer."""
        return self.held_off_until is not None and timezone.now() < self.held_off_until

    @property
    def capacity(self) -> HostCapacity:
        """What the host has in all."""
        return HostCapacity(memory_mb=self.memory_mb, cpus=self.cpus, max_running=self.max_running)
