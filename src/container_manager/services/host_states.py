"""What counts about hosts when a job is placed, derived from live rows and never from a counter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce

from container_manager.executors.registry import UnknownExecutorError
from container_manager.models import Attempt, ContainerJob, ExecutorHost
from container_manager.runspec.spec import RunSpec
from container_manager.scheduling.placement import Demand, HostState, Promised
from container_manager.services.host_records import capabilities_of, isolation_refusal, record
from container_manager.services.prepared import Given, PreparedSelect
from container_manager.services.unsupported import unsupported_fields


def demand_of(job: ContainerJob) -> Demand:
    """Return what a job asks of a host."""
    return Demand(
        host=job.host_id,
        memory_mb=job.raised_memory_limit or job.memory_limit,
        cpus=job.cpu_limit,
        labels=job.host_labels,
    )


def host_states(hosts: Iterable[ExecutorHost]) -> tuple[HostState, ...]:
    """Return what counts about these hosts, with what is promised to the attempts that live on them now."""
    rows = list(hosts)
    promised = promised_by_host([host.pk for host in rows])
    return tuple(_state(host, promised.get(host.pk, Promised())) for host in rows)


def for_spec(state: HostState, host: ExecutorHost, spec: RunSpec) -> HostState:
    """Return the host's state as a job with this spec sees it: with the fields that its executor cannot honor."""
    try:
        capabilities = capabilities_of(record(host))
    except (UnknownExecutorError, ValueError):
        return state
    problems = unsupported_fields(spec, capabilities, host_name=host.name)
    return replace(state, unsupported=tuple(sorted(problem.field for problem in problems))) if problems else state


def promised_by_host(hosts: Collection[int]) -> Mapping[int, Promised]:
    """Return what is promised to the attempts that live on each of these hosts; one with none is missing."""
    sums = _PROMISED(ids=list(hosts)) if hosts else []
    return {
        host: Promised(places=places, memory_mb=memory or 0, cpus=cpus or 0.0) for host, places, memory, cpus in sums
    }


def _promised(given: Given) -> QuerySet[Attempt, Any]:
    live: QuerySet[Attempt] = Attempt.objects.live().filter(host__id__in=given.all("ids")).order_by()
    return live.values_list("host").annotate(
        places=Count("pk"),
        memory=Sum(Coalesce(F("memory_limit_mb"), F("job__memory_limit"))),
        cpus=Sum("job__cpu_limit"),
    )


_PROMISED = PreparedSelect(_promised)


def _state(host: ExecutorHost, promised: Promised) -> HostState:
    return HostState(
        pk=host.pk,
        name=host.name,
        max_running=host.max_running,
        memory_mb=host.memory_mb,
        cpus=host.cpus,
        weight=host.weight,
        labels=host.labels,
        allow_overcommit=host.allow_overcommit,
        is_active=host.is_active,
        is_draining=host.is_draining,
        is_healthy=host.is_healthy,
        health_detail=host.health_detail,
        held_off=_held_off(host),
        isolation_refusal=isolation_refusal(record(host)),
        promised=promised,
    )


def _held_off(host: ExecutorHost) -> str:
    if not host.is_held_off or host.held_off_until is None:
        return ""
    why = "it left launches without an answer" if host.silent_launches else "it went and came back too often"
    return f"{why}; it is given nothing until {host.held_off_until:%H:%M:%S} UTC"
