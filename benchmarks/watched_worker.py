"""A worker that measures how late its event loop comes to what is due, and prints that when it ends."""

from __future__ import annotations

import asyncio
import signal
import sys
import time

TICK_SECONDS = 0.01


async def watch(worst: list[float]) -> None:
    """Note by how much the longest tick was late, how many were more than 100 ms late, and the loop's longest work."""
    while True:
        due, used = time.monotonic() + TICK_SECONDS, time.thread_time()
        await asyncio.sleep(TICK_SECONDS)
        late = time.monotonic() - due
        worst[0] = max(worst[0], late)
        worst[1] += late > 0.1
        # What the loop has computed itself since the last tick; the rest of a delay is the machine's, or the lock's.
        worst[2] = max(worst[2], time.thread_time() - used)


async def work(name: str, concurrency: int) -> list[float]:
    """Run the worker beside the watch."""
    from container_manager.worker.bridge import Bridge  # noqa: PLC0415  (needs Django)
    from container_manager.worker.progress import QuietReporter  # noqa: PLC0415  (needs Django set up)
    from container_manager.worker.supervisor import Supervisor, WorkerOptions  # noqa: PLC0415  (needs Django set up)

    worst = [0.0, 0.0, 0.0]
    async with Bridge() as bridge:
        supervisor = Supervisor(WorkerOptions(name=name, concurrency=concurrency), bridge, QuietReporter())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, supervisor.stop)
        watching = asyncio.create_task(watch(worst))
        await supervisor.run()
        watching.cancel()
    return worst


def main() -> None:
    """Work until told to stop; print the longest delay in seconds, and how many were long."""
    import django  # noqa: PLC0415  (the environment names the settings)

    django.setup()
    longest, number, busy = asyncio.run(work(sys.argv[1], int(sys.argv[2])))
    print(f"late {longest:.3f} {number:.0f} {busy:.3f}", flush=True)


if __name__ == "__main__":
    main()
