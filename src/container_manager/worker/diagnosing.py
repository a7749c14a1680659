"""The worker's diagnoses: read and stored in the database thread, thought out in a process of their own."""

from __future__ import annotations

import asyncio

from container_manager.troubleshooting.answering import Answer, AnsweringError, AnsweringProcess, AttemptCase
from container_manager.troubleshooting.diagnoses import case_of, store
from container_manager.worker.bridge import Bridge
from container_manager.worker.failures import take_note

#: How long a diagnosis may take; the log it looks at is bounded.
_LONGEST_SECONDS = 120.0

#: A process that has nothing to do for so long is ended.
_IDLE_SECONDS = 60.0


class Diagnosing:
    """Diagnoses attempts, one after the other. ``close`` it at the end."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._process = AnsweringProcess()
        self._turn = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None

    async def diagnose(self, attempt_id: int) -> None:
        """Diagnose one that ended badly, and store the answer.

        Raises :class:`~container_manager.troubleshooting.answering.AnsweringError`.
        """
        case = await self._bridge.call(case_of, attempt_id)
        if case is None:
            return
        async with self._turn:
            answer = await self._ask(case)
        await self._bridge.call(store, answer)

    async def close(self) -> None:
        """End the process, also while it answers."""
        self._process.abandon()
        async with self._turn:
            self._rest()
            await asyncio.to_thread(self._process.close)

    async def _ask(self, case: AttemptCase) -> Answer:
        self._rest()
        asking = asyncio.ensure_future(asyncio.to_thread(self._process.ask, case))
        asking.add_done_callback(take_note)
        try:
            done, _ = await asyncio.wait([asking], timeout=_LONGEST_SECONDS)
        finally:
            # Nobody waits any more, or waited for long enough. The thread ends with the process.
            if not asking.done():
                self._process.abandon()
                await asyncio.wait([asking])
        if not done:
            message = f"no diagnosis within {_LONGEST_SECONDS:.0f} s"
            raise AnsweringError(message)
        self._idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._process.close)
        return asking.result()

    def _rest(self) -> None:
        """Take back that it is to be ended."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
