"""What is checked about secrets when jobs are made: those they name, and plain values that look like some."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from container_manager.models.secret import Secret
from container_manager.request.job_request import JobRequest
from container_manager.request.plain_secrets import find_plain_secrets
from container_manager.validation.problems import FieldProblem, InvalidJobError, did_you_mean

WARNING = "warning"
"""The kind of the event that tells of something doubtful in a request."""


def refuse_unusable_secrets(request: JobRequest, owner_id: int | None, database: str) -> None:
    """Return if a job of this user may have all secrets that the request names.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`. A secret of others is as good as none.
    """
    asked = [(f"secrets[{place.variable or place.file!r}]", place.secret) for place in request.secrets]
    if request.registry_secret:
        asked.append(("registry_secret", request.registry_secret))
    if not asked:
        return
    usable = set(Secret.objects.using(database).usable_by(owner_id).values_list("name", flat=True))
    problems = [_problem(field, name, usable) for field, name in asked if name not in usable]
    if problems:
        raise InvalidJobError(problems)


def warnings_of(request: JobRequest) -> Sequence[str]:
    """Return what is doubtful about a request, in words without any value of it."""
    spec = request.spec
    found = find_plain_secrets(environment=spec.environment, secret_names=spec.secret_names, command=spec.command)
    return [one.warning for one in found]


def _problem(field: str, name: str, usable: Collection[str]) -> FieldProblem:
    fix = did_you_mean(name, usable, otherwise=f"Store it with `manage.py set_secret {name}`, or name the job's owner.")
    return FieldProblem(field=field, message=f"there is no secret {name!r} that this job may use.", fix=fix)
