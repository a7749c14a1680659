"""What one claim costs, by how many finished jobs lie in the table: on PostgreSQL and on SQLite.

The database itself makes each history out of one job, with an attempt for every job. Measured are a claim of ten jobs
out of a hundred pending ones, a claim that finds nothing, and a look for jobs whose worker is gone, each the median of
many.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from django.db.models import Model

from benchmarks.arena import machine, median, project

_BITE = 50_000


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--finished", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    options = parser.parse_args(argv)
    if options.database is None:
        return _both(argv)
    with project(options.database):
        _measure(options.database, options.finished, options.rounds)
    return 0


def _both(argv: Sequence[str] | None) -> int:
    """Django knows one database in a process: each has a process of its own."""
    print(machine(), flush=True)
    given = list(sys.argv[1:] if argv is None else argv)
    codes = []
    for database in ("postgresql", "sqlite"):
        command = [sys.executable, "-m", "benchmarks.claims", *given, "--database", database]
        codes.append(subprocess.run(command, check=False).returncode)  # noqa: S603  (our own program)
    return max(codes)


def _measure(database: str, sizes: Sequence[int], rounds: int) -> None:
    from django.db import connection  # noqa: PLC0415  (needs Django)

    from container_manager.models import ContainerJob, ExecutorHost  # noqa: PLC0415  (needs Django set up)
    from container_manager.services.claims import claim_pending  # noqa: PLC0415  (needs Django set up)
    from container_manager.services.takeover import take_over  # noqa: PLC0415  (needs Django set up)

    host = ExecutorHost.objects.create(name="memory", executor_type="fake", max_running=10**6, is_healthy=True)
    print(f"\n{database}, milliseconds (ratio to the first line)")
    print(f"{'finished jobs':>14}{'claim of ten':>20}{'claim of none':>20}{'taking over':>20}", flush=True)
    first: list[float] = []
    stored = 0
    for size in sizes:
        _finish(size - stored, host.pk)
        stored = size
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        ten = _claims_of_ten(rounds, host.pk)
        none = _timed(rounds, lambda: claim_pending("bench", limit=10, hosts=[host.pk]))
        over = _timed(rounds, lambda: take_over("bench", limit=10))
        found = [ten, none, over]
        first = first or found
        cells = "".join(f"{value:11.2f} ({value / base:4.2f} x)" for value, base in zip(found, first, strict=True))
        print(f"{size:14,}{cells}", flush=True)
    if ContainerJob.objects.pending().exists():
        sys.exit("some jobs were not claimed")


def _claims_of_ten(rounds: int, host: int) -> float:
    from container_manager.models import ContainerJob  # noqa: PLC0415  (needs Django)
    from container_manager.services.claims import claim_pending  # noqa: PLC0415  (needs Django set up)

    spent: list[float] = []
    while len(spent) < rounds:
        ContainerJob.objects.bulk_create(ContainerJob(image="any:1", command=["true"]) for _ in range(100))
        claimed: list[int] = []
        for _ in range(10):
            began = time.perf_counter()
            found = claim_pending("bench", limit=10, hosts=[host])
            spent.append((time.perf_counter() - began) * 1000)
            claimed += [attempt.lease.job_id for attempt in found]
            if len(found) != 10:
                sys.exit(f"{len(found)} jobs were claimed instead of ten")
        ContainerJob.objects.filter(pk__in=claimed).delete()
    return median(spent)


def _timed(rounds: int, call: Callable[[], Sequence[object]]) -> float:
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        if call():
            sys.exit("something was found where nothing is")
        spent.append((time.perf_counter() - began) * 1000)
    return median(spent)


def _finish(count: int, host: int) -> None:
    """Store so many more finished jobs, each with its attempt: the first as usual, the others as copies of it."""
    from django.db import connection  # noqa: PLC0415  (needs Django)

    from container_manager.models import Attempt, ContainerJob  # noqa: PLC0415  (needs Django set up)

    now = datetime.now(UTC)
    if not Attempt.objects.filter(job__status="completed", job__name="history").exists():
        job = ContainerJob.objects.create(
            name="history", image="any:1", command=["true"], status="completed", finished_at=now, lease_token=1
        )
        ended = {"started_at": now, "finished_at": now, "ended_at": now, "removed_at": now, "log_complete": True}
        Attempt.objects.create(job=job, host_id=host, number=1, exit_code=0, **ended)
        count -= 1
    jobs, attempts = _columns(ContainerJob, {"id"}), _columns(Attempt, {"id", "job_id"})
    with connection.cursor() as cursor:
        while count > 0:
            cursor.execute(
                f"INSERT INTO container_manager_containerjob ({jobs}) "  # noqa: S608  (our own columns)
                f"SELECT {jobs} FROM container_manager_containerjob WHERE name = 'history' LIMIT %s",
                [min(count, _BITE)],
            )
            count -= cursor.rowcount
        cursor.execute(
            f"INSERT INTO container_manager_attempt (job_id, {attempts}) "  # noqa: S608  (our own columns)
            f"SELECT j.id, {', '.join(f'a.{name.strip()}' for name in attempts.split(','))} "
            "FROM container_manager_containerjob j, "
            f"(SELECT {attempts} FROM container_manager_attempt WHERE removed_at IS NOT NULL ORDER BY id LIMIT 1) a "
            "WHERE j.name = 'history' AND NOT EXISTS "
            "(SELECT 1 FROM container_manager_attempt known WHERE known.job_id = j.id)"
        )


def _columns(model: type[Model], without: set[str]) -> str:
    return ", ".join(f'"{f.column}"' for f in model._meta.concrete_fields if f.column not in without)  # noqa: SLF001  (Django's documented interface)


if __name__ == "__main__":
    raise SystemExit(main())
