"""Bringing an attempt onto its platform, exactly once."""

from __future__ import annotations

import asyncio

from container_manager.executors.base import (
    ExecutorUnavailableError,
    Found,
    Handle,
    LaunchRefusedError,
    Prepared,
)
from container_manager.fault_points import fault_point
from container_manager.lifecycle.status import FailureReason
from container_manager.services.host_records import isolation_refusal
from container_manager.services.unsupported import refuse_unsupported
from container_manager.worker import endings
from container_manager.worker.artifacts import inputs_of
from container_manager.worker.attempt_scope import AttemptScope
from container_manager.worker.pull_telling import tell_pull


async def begin(scope: AttemptScope) -> Handle | None:
    """Return the handle of an attempt that the platform has started, by us or by a worker before us.

    Returns ``None`` when there is none and will be none: it was refused, cancelled, or too late, and that is stored.
    """
    if scope.claimed.handle:
        return scope.claimed.handle
    # A new claim has never been near a platform. Any other may have been: ask before starting anything.
    ask_first = not scope.claimed.fresh
    while True:
        if ask_first and (found := await _find(scope)) is not None and not isinstance(found.observation, Prepared):
            return found.handle
        if (ending := scope.why_not_started()) is not None:
            await _remove_prepared(scope)
            await scope.end(ending)
            return None
        is_first, ask_first = not ask_first, True
        try:
            handle = await _launch_in_time(scope)
        except LaunchRefusedError as error:
            await scope.host.note_answered_launch()
            await scope.end(endings.refused(error))
            return None
        except ExecutorUnavailableError:
            if scope.why_not_started() is None:
                await scope.host.note_silent_launch()
            await scope.wait_for_news(scope.seconds_to_limit(_PAUSE_SECONDS))
        else:
            scope.has_just_begun = is_first
            return handle


#: Before a platform that did not answer to a launch is asked what became of it.
_PAUSE_SECONDS = 1.0


async def _launch_in_time(scope: AttemptScope) -> Handle:
    """Launch; a cancellation or a limit on time meanwhile ends the waiting, and counts as an answer that was lost."""
    await scope.confirm_lease()
    if not scope.executor.capabilities.isolated and (refusal := isolation_refusal(scope.host.record)):
        raise LaunchRefusedError(refusal, reason=FailureReason.UNSUPPORTED)
    refuse_unsupported(scope.claimed.spec, scope.executor.capabilities, host_name=scope.host.record.name)
    inputs = await inputs_of(scope)
    fault_point("launching")
    scope.was_handed_over = True
    launch = asyncio.create_task(scope.executor.launch(scope.claimed.key, scope.claimed.spec, inputs))
    cancelled = asyncio.create_task(scope.cancel_asked.wait())
    telling = asyncio.create_task(tell_pull(scope))
    try:
        left = scope.countdown.seconds_left()
        await asyncio.wait([launch, cancelled], return_when=asyncio.FIRST_COMPLETED, timeout=left)
        if launch.done():
            handle = launch.result()
            await scope.host.note_answered_launch()
            return handle
        raise ExecutorUnavailableError("the launch was broken off")
    finally:
        launch.cancel()
        cancelled.cancel()
        telling.cancel()
        await asyncio.gather(launch, cancelled, telling, return_exceptions=True)


async def _find(scope: AttemptScope) -> Found | None:
    return await scope.until_answered(lambda: scope.host.find(scope.claimed.key))


async def _remove_prepared(scope: AttemptScope) -> None:
    if not scope.was_handed_over and scope.claimed.fresh:
        return
    found = await _find(scope)
    if found is not None:
        await scope.until_answered(lambda: scope.executor.remove(found.handle))
