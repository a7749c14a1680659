"""Giving an attempt its secrets: before its launch, and again to every worker that takes it over."""

from __future__ import annotations

from dataclasses import replace

from container_manager.executors.base import LaunchRefusedError
from container_manager.fault_points import fault_point
from container_manager.lifecycle.status import FailureReason
from container_manager.services.given_secrets import SecretRefusedError, give_secrets
from container_manager.worker import endings
from container_manager.worker.attempt_scope import AttemptScope


async def give_secrets_to(scope: AttemptScope) -> bool:
    """Put into the attempt's spec what is stored encrypted; return whether it goes on, and else store how it ended.

    Raises :class:`~container_manager.services.given_secrets.SecretsUnreadableError` for one that may be running and
    whose output could not be masked: it goes on by itself, and is taken up again.
    """
    if not scope.claimed.needs_secrets:
        return True
    try:
        spec = await scope.bridge.call(give_secrets, scope.lease, scope.claimed.spec)
    except SecretRefusedError as error:
        refusal = LaunchRefusedError(str(error), reason=FailureReason.LAUNCH_REFUSED)
        await scope.end(endings.refused(refusal))
        return False
    scope.claimed = replace(scope.claimed, spec=spec)
    fault_point("secrets")
    return True
