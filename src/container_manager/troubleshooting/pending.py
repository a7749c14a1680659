"""Why a job is still waiting, asked anew every time: the answer changes with hosts and workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from container_manager.conf import app_settings
from container_manager.models import Attempt, ContainerJob, ExecutorHost, Worker
from container_manager.services.errors import UnknownJobError
from container_manager.services.host_records import isolation_refusal, record
from container_manager.troubleshooting.facts import as_facts, facts_of_attempt, requested
from container_manager.troubleshooting.masking import redactor_of
from sickbay.facts.model import Facts, FactValue, TextSource
from sickbay.facts.text import text_source
from sickbay.reports.json_report import Report, report_of
from sickbay.runner import builtin_engine

#: Heartbeats a worker may miss before it counts as gone.
_MISSED_HEARTBEATS = 3


def explain_pending(job_id: int) -> Report:
    """Return a report that says why a job has not begun; without verdicts where nothing keeps it.

    ``looked_at`` names hosts and workers in any case.

    Raises :class:`~container_manager.services.errors.UnknownJobError`.
    """
    job = _find(job_id)
    return report_of(builtin_engine().diagnose(facts_of_pending(job)), redactor_of(job))


def facts_of_job(job_id: int) -> Facts:
    """Return the facts of a job's last attempt, or of its waiting where it has none.

    Raises :class:`~container_manager.services.errors.UnknownJobError`.
    """
    job = _find(job_id)
    attempt = job.attempts.select_related("job", "host").order_by("-number").first()
    return facts_of_pending(job) if attempt is None else facts_of_attempt(attempt)


def facts_of_pending(job: ContainerJob) -> Facts:
    """Return what the database knows about a job without an attempt, and about where it could run.

    Text: ``health``, what the last check found on each host that is not well.
    """
    places = _Places.of(job)
    given = as_facts("job", requested(job, redactor_of(job))) + as_facts("queue", _queue(job, places))
    return Facts(values={fact.name: fact for fact in given}, texts=places.complaints())


def _find(job_id: int) -> ContainerJob:
    job = ContainerJob.objects.filter(pk=job_id).first()
    if job is None:
        raise UnknownJobError(job_id)
    return job


def _queue(job: ContainerJob, places: _Places) -> dict[str, FactValue | None]:
    return {
        "job_status": job.status,
        "pending_seconds": round(max(0.0, (timezone.now() - job.created_at).total_seconds()), 1),
        "hosts_total": len(places.all),
        "hosts_available": len(places.available),
        "host_free_slots": sum(places.free.values()),
        "workers_alive": _workers_alive(),
    }


def _workers_alive() -> int:
    settings = app_settings()
    silence = max(settings.lease_seconds, _MISSED_HEARTBEATS * settings.heartbeat_seconds)
    since = timezone.now() - timedelta(seconds=silence)
    return Worker.objects.filter(heartbeat_at__gte=since, is_draining=False).count()


@dataclass(frozen=True, kw_only=True)
class _Places:
    """The hosts that may run a job: the one it names, else all that run what names none."""

    all: tuple[ExecutorHost, ...]
    available: tuple[ExecutorHost, ...]
    free: dict[int, int]
    """Attempts that each available host could still take."""

    @classmethod
    def of(cls, job: ContainerJob) -> _Places:
        hosts = tuple(ExecutorHost.objects.filter(pk=job.host_id) if job.host_id else ExecutorHost.objects.all())
        available = tuple(host for host in hosts if host.is_available and not isolation_refusal(record(host)))
        live = Attempt.objects.live().filter(host__in=available).order_by()
        running = dict(live.values_list("host").annotate(running=Count("pk")))
        free = {host.pk: max(0, host.max_running - running.get(host.pk, 0)) for host in available}
        return cls(all=hosts, available=available, free=free)

    def complaints(self) -> tuple[TextSource, ...]:
        lines = [f"{host.name}: {host.health_detail}" for host in self.all if host.is_healthy is False]
        return (text_source("health", "\n".join(lines).encode("utf-8", "replace")),) if lines else ()
