"""The worker's chore of what the clock and deletions bring about: jobs of schedules, and dependents left waiting."""

from __future__ import annotations

import logging

from container_manager.services.dependencies import settle_forgotten
from container_manager.services.schedule_runs import due_schedules, run_schedule
from container_manager.worker.bridge import Bridge

logger = logging.getLogger(__name__)

#: How often a worker looks: a job is made at most about this much later than its time.
CHORE_SECONDS = 1.0

#: Dependents that were left waiting are rare, and looking for them costs more: it is done every so many times.
_SETTLE_EVERY = 30


class ScheduleChore:
    """Makes the jobs of schedules that are due, and settles dependents whose upstream was deleted."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._looks = 0

    async def run(self) -> None:
        """Look once. Any worker may, also several at once."""
        for schedule_id in await self._bridge.call(due_schedules):
            try:
                made = await self._bridge.call(run_schedule, schedule_id)
            except Exception:  # the worker's loop: one schedule's trouble must not hold up the others
                extra = {"action": "schedule", "schedule": schedule_id}
                logger.exception("schedule %s could not be run; it is tried again", schedule_id, extra=extra)
                continue
            for job_id in made:
                logger.info("schedule %s made job %s", schedule_id, job_id, extra={"action": "schedule"})
        if self._looks % _SETTLE_EVERY == 0:
            await self._bridge.call(settle_forgotten)
        self._looks += 1
