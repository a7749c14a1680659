"""One attempt's life, from the claim until nothing of it is left.

Every step is stored before the next begins, and every step can be repeated: whoever takes the job over after a crash
goes on from what is stored and from what the platform says, never from a guess.

    launch → start stored → log stored as it comes → end seen → rest of the log → outcome stored → diagnosis → removal
"""

from __future__ import annotations

from container_manager.executors.base import Handle
from container_manager.fault_points import fault_point
from container_manager.worker.attempt_scope import AttemptScope
from container_manager.worker.attending import attend
from container_manager.worker.clearing import clear_up
from container_manager.worker.launching import begin
from container_manager.worker.secrets import give_secrets_to


async def run_attempt(scope: AttemptScope) -> None:
    """Take an attempt from wherever it stands to its end.

    Raises :class:`~container_manager.services.leases.LeaseLostError` when another worker has it; nothing was written
    then. May be cancelled at any moment: the next worker goes on from there.
    """
    fault_point("claimed")
    scope.host.attend(scope.claimed.key, scope)
    try:
        await clear_up(scope, await _until_ended(scope))
    finally:
        scope.host.leave(scope.claimed.key)


async def _until_ended(scope: AttemptScope) -> Handle | None:
    if scope.claimed.ended:
        return scope.claimed.handle or None
    if not await give_secrets_to(scope):
        return None
    handle = await begin(scope)
    if handle is not None:
        await attend(scope, handle)
    return handle
