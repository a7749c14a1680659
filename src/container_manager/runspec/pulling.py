"""Checking how a job's image is brought."""

from __future__ import annotations

from collections.abc import Mapping

from container_manager.runspec.spec import PullPolicy
from container_manager.validation.plain_values import NumberRange, check_number, check_text, shown
from container_manager.validation.problems import Problems

_IDLE = NumberRange(least=0.1, most=86_400, unit="seconds", example="120")


def check_pull_policy(value: object, problems: Problems) -> PullPolicy:
    """Return when the image is brought: where it is missing, unless the job says otherwise."""
    policies = [policy.value for policy in PullPolicy]
    if value is None:
        return PullPolicy.MISSING
    if isinstance(value, str) and value in policies:
        return PullPolicy(value)
    problems.add("pull_policy", f"{shown(value)} is none.", f"Choose one of {', '.join(policies)}.")
    return PullPolicy.MISSING


def check_pull_timeout(value: object, problems: Problems) -> float | None:
    """Return how many seconds a pull may be silent, ``None`` for the executor's own limit."""
    return check_number("pull_timeout_seconds", value, problems, _IDLE)


def check_registry_secret(fields: Mapping[str, object], problems: Problems) -> str:
    """Return the name of the secret to log in at the registry with, the empty text for none."""
    name = check_text("registry_secret", fields.get("registry_secret"), problems, example="'registry'", longest=200)
    if name and fields.get("pull_policy") == PullPolicy.NEVER:
        problems.add("registry_secret", "is never used: pull_policy is 'never'.", "Leave one of the two out.")
    return name
