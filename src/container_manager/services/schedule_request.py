"""What a schedule makes its jobs from, checked when the schedule is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from container_manager.request.graph import WAIT_FIELDS
from container_manager.services.submit import checked_draft
from container_manager.validation.plain_values import kind_of
from container_manager.validation.problems import InvalidJobError, Problems

#: What a request that is repeated cannot have, and what would be right.
_ONCE = {
    "not_before": "The times are the schedule's own: leave it out.",
    "deadline": "It is one moment: use queue_timeout_seconds or total_timeout_seconds.",
    "dedup_key": "It would stand for the first job only: leave it out.",
    "secret_names": "A schedule keeps no secret values: store the secret and name it in secrets.",
    **dict.fromkeys(WAIT_FIELDS, "They are jobs that end once: leave it out."),
}


def check_schedule_request(
    value: object, problems: Problems, *, owner: AbstractBaseUser | None = None
) -> Mapping[str, Any]:
    """Return a request as plain JSON values, after everything that a submit checks, and note what is wrong."""
    if not isinstance(value, Mapping):
        problems.add("request", f"must be a dictionary, not {kind_of(value)}.", "Write {'image': 'debian:12'}.")
        return {}
    try:
        plain: dict[str, Any] = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        problems.add("request", "holds what JSON cannot hold.", "Use texts, numbers, lists, and dictionaries.")
        return {}
    given = {name: value for name, value in plain.items() if value is not None}
    for name in sorted(_ONCE.keys() & given.keys()):
        problems.add(f"request[{name!r}]", "cannot be asked for again and again.", _ONCE[name])
    try:
        fields: dict[str, Any] = {name: value for name, value in given.items() if name not in _ONCE}
        checked_draft(Problems(), owner=owner, **{str(name): value for name, value in fields.items()})
    except InvalidJobError as error:
        for problem in error.problems:
            problems.add(f"request[{problem.field!r}]", problem.message, problem.fix)
    return given
