"""Looking after an attempt that was started: its log, its time limit, its cancellation, its end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import assert_never

from container_manager.executors.base import (
    ExecutorUnavailableError,
    Exited,
    Handle,
    LaunchRefusedError,
    Lost,
    Observation,
    Prepared,
    Running,
)
from container_manager.fault_points import fault_point
from container_manager.lifecycle.status import Status
from container_manager.services.launch_progress import note_ports
from container_manager.services.recording import note_outside_signal, note_stopping, record_started
from container_manager.worker import endings
from container_manager.worker.artifacts import inputs_of, keep_outputs
from container_manager.worker.attempt_scope import AttemptScope
from container_manager.worker.endings import Circumstances, StopCause
from container_manager.worker.log_pump import LogPump

#: A platform that does not know an attempt is asked once more, after this.
_SECOND_LOOK_SECONDS = 2.0

#: Without any hint the platform is asked this often.
_LONGEST_UNASKED_SECONDS = 30.0


async def attend(scope: AttemptScope, handle: Handle) -> None:
    """Stay with a started attempt until its outcome is stored."""
    fault_point("launched")
    # What has just begun need not be asked for: what happens to it is announced, and its end tells when it began.
    needs_look = not scope.has_just_begun or scope.claimed.spec.networking.ports
    observation = await _observe(scope, handle) if needs_look else Running()
    await _record_started(scope, handle, observation)
    fault_point("start-recorded")
    pump = LogPump(scope.host.logs, scope.executor, scope.claimed, partial(scope.reporter.output, scope.claimed))
    scope.host.usage.watch(handle, scope.claimed)
    try:
        await _Attendance(scope, handle, pump).stay(observation)
    finally:
        scope.host.usage.leave(handle)
        await pump.abandon()


class _Attendance:
    """One stay, from the first observation to the last."""

    def __init__(self, scope: AttemptScope, handle: Handle, pump: LogPump) -> None:
        self._scope = scope
        self._handle = handle
        self._pump = pump
        self._noted_signal = scope.claimed.outside_signal

    async def stay(self, observation: Observation) -> None:
        """Do what each observation asks for, until the attempt is over."""
        self._pump.begin(self._handle, self._scope.look)
        while True:
            match observation:
                case Exited():
                    return await self._collect(observation)
                case Lost():
                    if isinstance(again := await self._look_again(), Lost):
                        return await self._give_up(again)
                    observation = again
                    continue
                case Running():
                    await self._running()
                case Prepared():
                    if not await self._is_launched_again():
                        return None
                case _:
                    assert_never(observation)
            self._pump.check()
            observation = await _observe(self._scope, self._handle)

    async def _running(self) -> None:
        cause = self._stop_cause()
        if cause is None:
            await self._scope.wait_for_news(self._scope.seconds_to_limit(_LONGEST_UNASKED_SECONDS))
            await self._note_signal()
        else:
            await self._stop(cause)

    def _stop_cause(self) -> StopCause | None:
        if self._scope.cancel_asked.is_set():
            return StopCause.CANCEL
        # What it began to be stopped for stays the cause, also where the next limit is reached meanwhile.
        reached = self._scope.countdown.reached
        return self._scope.stopped_for or (StopCause(reached.value) if reached else None)

    async def _stop(self, cause: StopCause) -> None:
        scope = self._scope
        if scope.stopped_for is not cause:
            await scope.bridge.call(note_stopping, scope.lease, cause)
            scope.stopped_for = cause
        stop = partial(scope.executor.stop, self._handle, grace_seconds=scope.claimed.stop_grace_seconds)
        await scope.until_answered(stop)

    async def _note_signal(self) -> None:
        signal = self._scope.outside_signal
        if signal is not None and signal != self._noted_signal:
            await self._scope.bridge.call(note_outside_signal, self._scope.lease, signal)
            self._noted_signal = signal

    async def _is_launched_again(self) -> bool:
        """Repeat a launch that the platform has forgotten; return whether it goes on, and else store how it ended."""
        scope = self._scope
        if (ending := scope.why_not_started()) is not None:
            await scope.until_answered(partial(scope.executor.remove, self._handle))
            await scope.end(ending)
            return False
        try:
            await scope.confirm_lease()
            await scope.executor.launch(scope.claimed.key, scope.claimed.spec, await inputs_of(scope))
        except LaunchRefusedError as error:
            await scope.end(endings.refused(error))
            return False
        except ExecutorUnavailableError:
            await scope.wait_for_news(_SECOND_LOOK_SECONDS)
        return True

    async def _look_again(self) -> Observation:
        await asyncio.sleep(_SECOND_LOOK_SECONDS)
        return await _observe(self._scope, self._handle)

    async def _collect(self, seen: Exited) -> None:
        fault_point("exit-seen")
        await self._note_signal()
        last = await self._scope.until_answered(partial(self._pump.complete, self._handle))
        fault_point("log-complete")
        await keep_outputs(self._scope, self._handle)
        known = Circumstances(
            stopped_for=self._scope.stopped_for,
            limits=self._scope.claimed.limits,
            outside_signal=self._scope.outside_signal,
        )
        ending = endings.exited(seen, known)
        await self._scope.end(replace(ending, usage_series=self._scope.host.usage.packed(self._handle)), last)

    async def _give_up(self, lost: Lost) -> None:
        await self._pump.pause()
        await self._scope.end(endings.vanished(lost))


async def _observe(scope: AttemptScope, handle: Handle) -> Observation:
    return await scope.until_answered(partial(scope.executor.outcome, handle))


async def _record_started(scope: AttemptScope, handle: Handle, observation: Observation) -> None:
    started_at: datetime | None = None
    if isinstance(observation, Running | Exited):
        started_at = observation.started_at
    status = await scope.bridge.call_with_others(record_started, scope.lease, handle, started_at)
    if isinstance(observation, Running) and observation.ports:
        await scope.bridge.call(note_ports, scope.lease, observation.ports)
    if status is Status.CANCELLING:
        scope.cancel_asked.set()
    # Where we have just started it, it runs since now, whatever the platform's clock says.
    scope.countdown.has_started(None if scope.claimed.fresh else started_at)
    scope.reporter.started(scope.claimed, again=not scope.claimed.fresh)
