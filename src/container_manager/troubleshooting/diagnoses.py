"""Making and storing the diagnosis of an attempt.

The steps are apart because only the first and the last need the database: between them may lie seconds.
"""

from __future__ import annotations

from container_manager.models import Attempt, Diagnosis
from container_manager.troubleshooting.answering import Answer, AttemptCase, answer
from container_manager.troubleshooting.facts import facts_of_attempt
from container_manager.troubleshooting.masking import redactor_of


def case_of(attempt_id: int) -> AttemptCase | None:
    """Read what a diagnosis needs; ``None`` for an attempt that ended well or is gone.

    To succeed while the kernel killed one of its processes for memory is not well. Where an attempt turns out to have
    ended well, an older answer is taken away.
    """
    attempt = Attempt.objects.select_related("job", "host").filter(pk=attempt_id).first()
    if attempt is None:
        return None
    if not attempt.failure_reason and not attempt.oom_killed and not attempt.oom_kills:
        Diagnosis.objects.filter(attempt=attempt).delete()
        return None
    return AttemptCase(attempt_id=attempt_id, facts=facts_of_attempt(attempt), redactor=redactor_of(attempt.job))


def store(given: Answer) -> None:
    """Keep a diagnosis, which replaces an older one. One whose attempt was deleted meanwhile is dropped."""
    attempt = Attempt.objects.filter(pk=given.attempt_id).first()
    if attempt is None:
        return
    Diagnosis.objects.update_or_create(
        attempt=attempt,
        defaults={
            "cause": given.cause,
            "certainty": given.certainty,
            "title": given.title,
            "report": given.report,
            "engine_version": given.report["engine"],
        },
    )


def diagnose_attempt(attempt_id: int) -> None:
    """Diagnose an attempt that ended badly and store the answer, all in this process."""
    if (case := case_of(attempt_id)) is not None:
        store(answer(case))
