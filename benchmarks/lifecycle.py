"""No-op jobs a second through the whole lifecycle, beside other queues for Django, in one run on the same server.

Ours: claim, launch on a platform in memory, start stored, log read, outcome stored, removed, lease ended. The others:
their own ordinary worker runs a function that does nothing. Everything is submitted before the worker begins; each
contestant has a process of its own, and they take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.arena import machine, median
from tests.postgresql import PostgresServer


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A queue, the module that runs its worker, and the databases that it has."""

    name: str
    module: str
    databases: tuple[str, ...] = ("postgresql", "sqlite")


CONTESTANTS = (
    Contestant(name="sickbay", module="benchmarks.rivals.sickbay_jobs"),
    Contestant(name="procrastinate", module="benchmarks.rivals.procrastinate_tasks", databases=("postgresql",)),
    Contestant(name="django-tasks-db", module="benchmarks.rivals.django_tasks"),
)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run."""

    jobs_a_second: float
    cpu_ms: float
    """The worker's own processor time for each job."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print a table for each database."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=2000, help="jobs of each contestant in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=100, help="jobs at once, where a worker has that")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    options = parser.parse_args(argv)
    print(machine())
    for database in options.database or ("postgresql", "sqlite"):
        present = [contestant for contestant in CONTESTANTS if database in contestant.databases]
        runs: dict[str, list[Measured]] = {contestant.name: [] for contestant in present}
        for _ in range(options.rounds):
            for contestant in present:
                runs[contestant.name].append(_measure(contestant, database, options.jobs, options.concurrency))
        _print(database, options.jobs, options.rounds, runs)
    return 0


def _print(database: str, jobs: int, rounds: int, runs: Mapping[str, Sequence[Measured]]) -> None:
    ours = median([run.jobs_a_second for run in runs["sickbay"]])
    print(f"\n{database}: {jobs} no-op jobs, median of {rounds}")
    print(f"{'':18}{'jobs/s':>8}{'worker CPU ms/job':>20}{'sickbay is':>14}")
    for name, measured in runs.items():
        speed = median([run.jobs_a_second for run in measured])
        cpu = median([run.cpu_ms for run in measured])
        print(f"{name:18}{speed:8.0f}{cpu:20.2f}{'' if name == 'sickbay' else f'{ours / speed:12.2f} x'}")


def _measure(contestant: Contestant, database: str, jobs: int, concurrency: int) -> Measured:
    with _database(database) as environment:
        done = subprocess.run(  # noqa: S603  (our own programs)
            [sys.executable, "-m", contestant.module, str(jobs), str(concurrency)],
            env=os.environ | {"PYTHONWARNINGS": "ignore"} | dict(environment),
            stdout=subprocess.PIPE,
            check=True,
        )
    found = json.loads(done.stdout.splitlines()[-1])
    return Measured(jobs_a_second=jobs / found["seconds"], cpu_ms=found["cpu_seconds"] / jobs * 1000)


@contextlib.contextmanager
def _database(kind: str) -> Iterator[Mapping[str, str]]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sickbay-bench-"))
        environment = {"SICKBAY_STATE_DIR": folder}
        if kind == "postgresql":
            # As a production server: what is committed is on the disk.
            environment |= stack.enter_context(PostgresServer(fsync="on")).environment
        yield environment


if __name__ == "__main__":
    raise SystemExit(main())
