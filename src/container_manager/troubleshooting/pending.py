"""Why a job is still waiting, asked anew every time: the answer changes with hosts and workers."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from container_manager.models import ContainerJob
from container_manager.scheduling.placement import Judgement, Obstacle
from container_manager.services.errors import UnknownJobError
from container_manager.services.waiting import explain_waiting, judgements
from container_manager.troubleshooting.facts import as_facts, facts_of_attempt, requested
from container_manager.troubleshooting.masking import redactor_of
from sickbay.facts.model import Facts, FactValue, TextSource
from sickbay.facts.text import text_source
from sickbay.reports.json_report import Report, report_of
from sickbay.runner import builtin_engine


def explain_pending(job_id: int) -> Report:
    """Return a report that says why a job has not begun; without verdicts where nothing keeps it.

    ``looked_at`` names hosts and workers in any case.

    Raises :class:`~container_manager.services.errors.UnknownJobError`.
    """
    job = _find(job_id)
    facts = facts_of_pending(job)
    return report_of(builtin_engine().diagnose(facts), redactor_of(job).aware_of(*(text.data for text in facts.texts)))


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
    named = [answer for answer in judgements(job) if job.host_id in (None, answer.host.pk)]
    given = as_facts("job", requested(job, redactor_of(job))) + as_facts("queue", _queue(job, named))
    return Facts(values={fact.name: fact for fact in given}, texts=_complaints(named))


def _find(job_id: int) -> ContainerJob:
    job = ContainerJob.objects.filter(pk=job_id).first()
    if job is None:
        raise UnknownJobError(job_id)
    return job


def _queue(job: ContainerJob, answers: Sequence[Judgement]) -> dict[str, FactValue | None]:
    waiting = explain_waiting(job.pk)
    return {
        "job_status": job.status,
        "pending_seconds": round(max(0.0, (timezone.now() - job.created_at).total_seconds()), 1),
        "hosts_total": len(answers),
        "hosts_available": len(_available(answers)),
        "host_free_slots": _free_places(answers),
        "hosts_too_small": sum(_is_too_small(answer) for answer in _available(answers)),
        "workers_alive": waiting.workers_alive,
        "queue_is_paused": waiting.queue_is_paused,
        "begins_later": waiting.not_before is not None,
        "waits_for_jobs": len(waiting.blockers),
        "key_is_used_up": waiting.key is not None or waiting.array is not None,
    }


def _available(answers: Sequence[Judgement]) -> list[Judgement]:
    """Those that take new work, whether or not this job fits."""
    return [answer for answer in answers if not any(objection.obstacle.of_host for objection in answer.objections)]


def _is_too_small(answer: Judgement) -> bool:
    return any(objection.obstacle is Obstacle.TOO_LARGE for objection in answer.objections)


def _free_places(answers: Sequence[Judgement]) -> int:
    return sum(max(0, answer.host.max_running - answer.host.promised.places) for answer in _available(answers))


def _complaints(answers: Sequence[Judgement]) -> tuple[TextSource, ...]:
    lines = [f"{a.host.name}: {a.host.health_detail}" for a in answers if a.host.is_healthy is False]
    return (text_source("health", "\n".join(lines).encode("utf-8", "replace")),) if lines else ()
