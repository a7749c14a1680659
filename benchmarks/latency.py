"""From submit to the container's start on an idle worker, beside the engine's own create and start, in one run.

Both sides take turns, one container at a time. A start is the engine's own ``StartedAt``; the machine's clock is the
engine's. What the worker adds is the difference of the medians.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.arena import BareEngine, WorkerRun, machine, make_image, median, project, start_worker, until
from benchmarks.engine import body_of

_COMMAND = ["true"]
_PAUSE_SECONDS = 0.4


def started_at(state: str) -> datetime:
    """Read the engine's time, which has nanoseconds."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*Z$", r"\1+00:00", state))


def bare(engine: BareEngine, image: str) -> float:
    """Create and start one container; return the milliseconds until it ran."""
    asked = datetime.now(UTC)
    created = engine.json("POST", "/containers/create", body_of(image, _COMMAND))["Id"]
    engine.call("POST", f"/containers/{created}/start")
    engine.json("POST", f"/containers/{created}/wait")
    ran = started_at(engine.json("GET", f"/containers/{created}/json")["State"]["StartedAt"])
    engine.call("DELETE", f"/containers/{created}?v=1&force=1")
    return (ran - asked).total_seconds() * 1000


def ours(image: str, worker: WorkerRun) -> float:
    """Submit one job; return the milliseconds until its container ran."""
    from container_manager.models import Attempt, ContainerJob  # noqa: PLC0415  (needs Django)

    asked = datetime.now(UTC)
    job = ContainerJob.objects.create_job(image=image, command=_COMMAND)
    over = Attempt.objects.filter(job=job, removed_at__isnull=False)
    until(over.exists, "the job is over", worker)
    ran = Attempt.objects.get(job=job).started_at
    if ran is None:
        raise SystemExit("a job was never started")
    return (ran - asked).total_seconds() * 1000


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=40, help="jobs of each side")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    options = parser.parse_args(argv)
    image = make_image()
    with project(options.database) as folder:
        from container_manager.models import ExecutorHost  # noqa: PLC0415  (needs Django)

        ExecutorHost.objects.create(name="local", executor_type="docker", max_running=10)
        worker, engine = start_worker(folder, concurrency=4), BareEngine()
        bare(engine, image)
        ours(image, worker)
        pairs = []
        for _ in range(options.jobs):
            pairs.append((bare(engine, image), ours(image, worker)))
            time.sleep(_PAUSE_SECONDS)
        worker.end()
    rival, mine = (sorted(column) for column in zip(*pairs, strict=True))
    print(f"{machine()}; {options.database}; {options.jobs} jobs, one at a time, worker idle before each")
    for name, values in (("bare engine", rival), ("submit to start", mine)):
        worst = values[int(0.95 * (len(values) - 1))]
        print(f"  {name:16} median {median(values):7.1f} ms   95 % below {worst:7.1f} ms")
    added = median(mine) - median(rival)
    print(f"  {'added':16} median {added:7.1f} ms   ratio {median(mine) / median(rival):.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
