"""Which jobs a repair on this machine would interrupt, for the plans of ``sickbay repair``.

No model is imported before Django is set up.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError

from container_manager.troubleshooting.django_project import NoJobsHereError
from container_manager.troubleshooting.sources import set_up_django
from sickbay.facts.source import SourceError
from sickbay.repair.impact import ImpactUnknownError, Inquiry
from sickbay.safety.effects import Resource

#: What the attempts of an executor need to go on, on the machine where they run.
_NEEDED = {
    "docker": frozenset({Resource.CONTAINER, Resource.NETWORK, Resource.SERVICE, Resource.HOST}),
    "process": frozenset({Resource.SERVICE, Resource.HOST}),
}


def running_jobs(inquiry: Inquiry) -> list[str]:
    """Return the jobs that live on this machine's executor hosts and need what is touched, a line each.

    Where no project is, there are no jobs. Raises ``ImpactUnknownError`` where Django or the database cannot be asked.
    """
    if not any(inquiry.resources & needed for needed in _NEEDED.values()):
        return []
    try:
        set_up_django()
        return list(_living(inquiry))
    except NoJobsHereError:
        return []
    except SourceError as error:
        raise ImpactUnknownError(f"which jobs run cannot be asked: {error}") from error
    except DatabaseError as error:
        raise ImpactUnknownError(f"which jobs run cannot be asked, as the database does not answer: {error}") from error


def _living(inquiry: Inquiry) -> Iterator[str]:
    from container_manager.models import Attempt  # noqa: PLC0415  (needs Django set up)

    types = [name for name, needed in _NEEDED.items() if inquiry.resources & needed]
    attempts = Attempt.objects.live().filter(host__executor_type__in=types).select_related("job", "host")
    for attempt in attempts.order_by("job_id"):
        if _is_here(attempt.host.address):
            job = attempt.job
            yield f"job {job.pk} ({job.image}) runs on the host {attempt.host.name}, attempt {attempt.number}"


def _is_here(address: str) -> bool:
    """Say whether an executor host's address means this machine: its default, or a local socket."""
    return not address or address.startswith("unix://")
