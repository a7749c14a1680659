"""What one worker needs to hold many running attempts, with their logs and usage: memory, processor time, heartbeats.

The attempts are plain processes that write a line now and then. The floor is the same worker with nothing to hold.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from benchmarks.arena import machine, project, start_worker, until

_SCRIPT = "while :; do echo tick; sleep {seconds}; done"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--attempts", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60, help="how long they are held")
    parser.add_argument("--every", type=float, default=10, help="seconds between two lines of each attempt")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    options = parser.parse_args(argv)
    with project(options.database) as folder:
        from django.db.models.functions import Now  # noqa: PLC0415  (needs Django)

        from container_manager.models import Attempt, ContainerJob, ExecutorHost, LogChunk, Worker  # noqa: PLC0415  (needs Django set up)

        ExecutorHost.objects.create(
            name="here",
            executor_type="process",
            max_running=options.attempts,
            options={"root": str(folder / "attempts")},
        )
        worker = start_worker(folder, options.attempts)
        time.sleep(3)
        floor = worker.memory_mb()
        command = ["sh", "-c", _SCRIPT.format(seconds=options.every)]
        began = time.perf_counter()
        for _ in range(options.attempts):
            ContainerJob.objects.create_job(image="none", command=command, stop_grace_seconds=0)
        running = Attempt.objects.filter(started_at__isnull=False, ended_at__isnull=True)
        until(lambda: running.count() == options.attempts, "all attempts run", worker)
        started = time.perf_counter() - began
        cpu, late, peak = worker.cpu_seconds(), 0.0, 0.0
        until_when = time.monotonic() + options.seconds
        while time.monotonic() < until_when:
            beat, now = Worker.objects.filter(name="bench").values_list("heartbeat_at", Now())[0]
            late, peak = max(late, (now - beat).total_seconds()), max(peak, worker.memory_mb())
            time.sleep(0.5)
        used = worker.cpu_seconds() - cpu
        chunks = LogChunk.objects.count()
        logged = LogChunk.objects.values("attempt").distinct().count()
        ContainerJob.objects.filter(status="running").update(status="cancelling")
        until(lambda: not Attempt.objects.filter(removed_at__isnull=True).exists(), "all attempts are over", worker)
        worker.end()
    print(f"{machine()}; {options.database}; {options.attempts} attempts, a line each every {options.every:g} s")
    print(f"  worker with nothing to hold   {floor:7.0f} MB")
    print(f"  worker holding them, at most  {peak:7.0f} MB   ratio {peak / floor:.2f}")
    print(f"  processor while holding       {100 * used / options.seconds:7.1f} % of one core")
    print(f"  oldest heartbeat seen         {late:7.1f} s")
    print(f"  all started within            {started:7.1f} s")
    print(f"  attempts with stored output   {logged:7d}   chunks {chunks}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
