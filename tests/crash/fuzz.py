"""Random schedules of kills, freezes, and cuts, each followed by the audit; tells the seed of what fails.

``python -m tests.crash.fuzz --seed 1 --schedules 1000 --database postgresql``. A schedule that failed is carried out
again by its number: ``--seed 1 --only 17``. What is done, to what, and when is the same then; what the machine does
meanwhile is not, so that ``--repeat`` may be needed to see it again.
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from tests.crash.fuzz_lane import Lane
from tests.crash.fuzz_schedule import DatabaseKind, Executor, Schedule, schedule
from tests.crash.nursery import Nursery

#: How it goes is told after so many schedules.
_TOLD_EVERY = 50


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A schedule after which something was wrong."""

    schedule: Schedule
    found: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How it went."""

    carried_out: int
    failures: Sequence[Failure]
    seconds: float


def fuzz(
    schedules: Sequence[Schedule], *, database: DatabaseKind, executor: Executor = "process", lanes: int = 4
) -> Tally:
    """Carry schedules out, several side by side."""
    began = time.monotonic()
    waiting: queue.SimpleQueue[Schedule] = queue.SimpleQueue()
    for each in schedules:
        waiting.put(each)
    failures: list[Failure] = []
    carried_out: list[str] = []

    def work(nursery: Nursery) -> None:
        lane = Lane(nursery, database, executor)
        try:
            while True:
                try:
                    each = waiting.get_nowait()
                except queue.Empty:
                    return
                if found := _carried_out(lane, each):
                    failures.append(Failure(schedule=each, found=found))
                    print(f"FAILED {each}\n" + "\n".join(found), flush=True)
                carried_out.append(each.name)
                if len(carried_out) % _TOLD_EVERY == 0:
                    passed = time.monotonic() - began
                    print(f"{len(carried_out)} carried out, {len(failures)} failed, {passed:.0f} s", flush=True)
        finally:
            lane.close()

    with Nursery() as nursery:
        threads = [threading.Thread(target=work, args=(nursery,)) for _ in range(min(lanes, len(schedules)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return Tally(carried_out=len(carried_out), failures=failures, seconds=time.monotonic() - began)


def _carried_out(lane: Lane, each: Schedule) -> Sequence[str]:
    try:
        return lane.run(each)
    except Exception:  # noqa: BLE001  the loop of the fuzzer: what breaks in one schedule is its failure
        return [traceback.format_exc()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--executor", choices=["process", "docker"], default="process")
    parser.add_argument("--lanes", type=int, default=4, help="schedules side by side")
    parser.add_argument("--only", type=int, help="carry out only the schedule of this number")
    parser.add_argument("--repeat", type=int, default=1, help="carry each schedule out so often")
    asked = parser.parse_args(arguments)
    numbers = range(asked.schedules) if asked.only is None else [asked.only]
    wanted = [schedule(asked.seed, n, database=asked.database, executor=asked.executor) for n in numbers]
    print(f"seed {asked.seed}: {len(wanted)} schedules on {asked.database}, {asked.executor}", flush=True)
    tally = fuzz(wanted * asked.repeat, database=asked.database, executor=asked.executor, lanes=asked.lanes)
    print(f"{tally.carried_out} schedules, {len(tally.failures)} failed, {tally.seconds:.0f} s")
    for failure in tally.failures:
        print(f"again: python -m tests.crash.fuzz --seed {asked.seed} --only {failure.schedule.name.split(':')[1]}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
