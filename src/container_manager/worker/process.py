"""Running a worker as a process of its own: signals in, an exit code out."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal

from container_manager.worker.attempt_scope import Reporter
from container_manager.worker.bridge import Bridge, run_async
from container_manager.worker.supervisor import Supervisor, WorkerOptions

logger = logging.getLogger(__name__)

#: How long a worker waits for a database that is away. Attempts go on meanwhile, and are recorded afterwards.
_PATIENCE_SECONDS = 3600.0


def run_worker(options: WorkerOptions, reporter: Reporter) -> None:
    """Run a worker until it is done or told to stop by ``SIGTERM`` or ``SIGINT``."""
    # What is loaded by now stays: looking through it for garbage again and again would make a busy worker pause.
    gc.collect()
    gc.freeze()
    try:
        run_async(_run(options, reporter))
    finally:
        gc.unfreeze()


async def _run(options: WorkerOptions, reporter: Reporter) -> None:
    async with Bridge(patience_seconds=_PATIENCE_SECONDS) as bridge:
        supervisor = Supervisor(options, bridge, reporter)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, supervisor.stop)
        logger.info("worker %s begins", options.name, extra={"action": "worker-begin"})
        await supervisor.run()
        logger.info("worker %s ends", options.name, extra={"action": "worker-end"})
