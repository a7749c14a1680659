"""Trivial jobs through the worker beside the bare engine: create, start, wait, logs, remove; jobs a second, in one run.

Both sides run the same image and command with the same limits, in turns, at each concurrency. The best of each side is
compared. The worker's processor time is told per job, after what it uses for starting and idling is taken off.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.arena import BareEngine, cpu_of_children, machine, make_image, median, project, start_worker, until

_COMMAND = ["echo", "hello"]


def bare(image: str, jobs: int, concurrency: int) -> float:
    """Run jobs by the engine's own interface; return jobs a second."""
    engines = [BareEngine() for _ in range(concurrency)]
    body = body_of(image, _COMMAND)

    def share(number: int) -> None:
        engine = engines[number]
        for _ in range(number, jobs, concurrency):
            created = engine.json("POST", "/containers/create", body)["Id"]
            engine.call("POST", f"/containers/{created}/start")
            engine.json("POST", f"/containers/{created}/wait")
            engine.call("GET", f"/containers/{created}/logs?stdout=1&stderr=1")
            engine.call("DELETE", f"/containers/{created}?v=1&force=1")

    began = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(share, range(concurrency)))
    return jobs / (time.perf_counter() - began)


def body_of(image: str, command: Sequence[str]) -> dict[str, object]:
    """Return what the worker asks for as well, so that the engine has the same to do."""
    from container_manager.executors.base import AttemptKey  # noqa: PLC0415  (needs Django's settings)
    from container_manager.executors.docker.translate import create_body  # noqa: PLC0415  (needs Django set up)
    from container_manager.runspec.spec import RunSpec  # noqa: PLC0415  (needs Django set up)

    key = AttemptKey(installation="bare", job_id=0, number=0)
    body = create_body(key, RunSpec(image=image, command=tuple(command)), cgroup_parent=None)
    return body | {"Labels": {}}


def ours(folder: Path, image: str, jobs: int, concurrency: int) -> tuple[float, float]:
    """Run jobs through a worker of its own; return jobs a second and its processor milliseconds per job."""
    from django.db.models import Max, Min  # noqa: PLC0415  (needs Django)

    from container_manager.models import Attempt, ContainerJob  # noqa: PLC0415  (needs Django set up)

    idle = _idle_cpu(folder, concurrency)
    before = cpu_of_children()
    worker = start_worker(folder, concurrency)
    first = (ContainerJob.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    for _ in range(jobs):
        ContainerJob.objects.create_job(image=image, command=_COMMAND)
    mine = Attempt.objects.filter(job__gte=first)
    # Seldom asked, so that asking takes no part of the machine; the times are in the rows.
    until(lambda: mine.filter(removed_at__isnull=False).count() == jobs, "all jobs are over", worker, every=0.5)
    worker.end()
    failed = ContainerJob.objects.filter(pk__gte=first).exclude(status="completed").count()
    if failed:
        raise SystemExit(f"{failed} jobs did not complete")
    span = mine.aggregate(first=Min("created_at"), last=Max("removed_at"))
    used = cpu_of_children() - before - idle
    return jobs / (span["last"] - span["first"]).total_seconds(), 1000 * used / jobs


def _idle_cpu(folder: Path, concurrency: int) -> float:
    before = cpu_of_children()
    worker = start_worker(folder, concurrency)
    time.sleep(1)
    worker.end()
    return cpu_of_children() - before


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=200, help="jobs of each side at each concurrency")
    parser.add_argument("--rounds", type=int, default=2, help="into so many turns they are cut")
    parser.add_argument("--concurrency", type=int, nargs="*", default=[4, 8, 16])
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    options = parser.parse_args(argv)
    image = make_image()
    with project(options.database, log_flush_seconds=0.5) as folder:
        from container_manager.models import ExecutorHost  # noqa: PLC0415  (needs Django)

        ExecutorHost.objects.create(name="local", executor_type="docker", max_running=1000)
        print(f"{machine()}; {options.database}; {options.jobs} jobs")
        print(f"  {'at once':>7} {'bare engine':>12} {'worker':>10} {'ratio':>6} {'worker CPU':>12}")
        best: list[tuple[float, float]] = []
        for concurrency in options.concurrency:
            each = max(1, options.jobs // options.rounds)
            rounds = [
                (bare(image, each, concurrency), *ours(folder, image, each, concurrency)) for _ in range(options.rounds)
            ]
            rival, rate, cpu = (median(column) for column in zip(*rounds, strict=True))
            best.append((rival, rate))
            print(
                f"  {concurrency:>7} {rival:>8.2f} j/s {rate:>6.2f} j/s {rate / rival:>6.2f} {cpu:>6.1f} ms/job",
                flush=True,
            )
        rival, rate = max(r for r, _ in best), max(o for _, o in best)
        print(f"  {'best':>7} {rival:>8.2f} j/s {rate:>6.2f} j/s {rate / rival:>6.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
