"""What is left to do once an attempt's outcome is stored: the diagnosis, then the removal."""

from __future__ import annotations

import logging
from functools import partial

from container_manager.conf import app_settings
from container_manager.executors.base import Handle
from container_manager.fault_points import fault_point
from container_manager.services.recording import record_cleared
from container_manager.worker.attempt_scope import AttemptScope

logger = logging.getLogger(__name__)


async def clear_up(scope: AttemptScope, handle: Handle | None) -> None:
    """Diagnose an attempt that is over, remove it from its platform, and end the lease."""
    if scope.may_need_diagnosis and not scope.claimed.diagnosed:
        await _diagnose(scope)
    fault_point("diagnosed")
    if handle and app_settings().remove_containers:
        await scope.until_answered(partial(scope.executor.remove, handle))
        fault_point("container-removed")
    removed = not handle or app_settings().remove_containers
    await scope.bridge.call_some_time(record_cleared, scope.lease, removed=removed)
    fault_point("cleared")


async def _diagnose(scope: AttemptScope) -> None:
    try:
        await scope.diagnosing.diagnose(scope.lease.attempt_id)
    except Exception:  # the process boundary to the engine: its trouble must not keep a job's container standing
        extra = {"action": "diagnose", "job": scope.lease.job_id}
        logger.exception("job %s could not be diagnosed", scope.lease.job_id, extra=extra)
