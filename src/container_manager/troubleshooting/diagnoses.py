"""Making and storing the diagnosis of an attempt."""

from __future__ import annotations

from container_manager.models import Attempt, Diagnosis
from container_manager.troubleshooting.facts import facts_of_attempt
from container_manager.troubleshooting.masking import redactor_of
from sickbay.diagnosis.verdict import UNKNOWN, Certainty
from sickbay.reports.json_report import report_of
from sickbay.runner import builtin_engine

_LONGEST_TITLE = 300


def diagnose_attempt(attempt_id: int) -> None:
    """Diagnose an attempt that ended badly and store the answer, which replaces an older one.

    One that ended well gets none. To succeed while the kernel killed one of its processes for memory is not well.
    """
    attempt = Attempt.objects.select_related("job", "host").filter(pk=attempt_id).first()
    if attempt is None:
        return
    if not attempt.failure_reason and not attempt.oom_killed and not attempt.oom_kills:
        Diagnosis.objects.filter(attempt=attempt).delete()
        return
    diagnosis = builtin_engine().diagnose(facts_of_attempt(attempt))
    best = diagnosis.best
    report = report_of(diagnosis, redactor_of(attempt.job))
    Diagnosis.objects.update_or_create(
        attempt=attempt,
        defaults={
            "cause": best.cause if best else UNKNOWN,
            "certainty": (best.certainty if best else Certainty.UNKNOWN).value,
            "title": report["verdicts"][0]["title"][:_LONGEST_TITLE] if best else "",
            "report": report,
            "engine_version": report["engine"],
        },
    )
