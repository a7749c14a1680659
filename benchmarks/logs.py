"""One program that floods its log and hundreds that chat, all at once on one worker: is anything lost, or anybody late?

The flood writes as fast as its platform takes it. Each chatting program writes a numbered line to either stream once a
second, until all are told to stop; every line must be stored. The floor of the worker's memory is the same worker idle.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arena import PROJECT, WorkerRun, machine, make_image, project, until

_LINE = "x" * 99
_CHAT = (
    "n=0; while [ ! -e {gate}/open ]; do echo line $n of a chat; echo line $n aside >&2; "
    "n=$((n+1)); {tool}sleep 1; done; echo total $n"
)
_FLOOD = "{tool}yes " + _LINE + " | {tool}head -c {size}"
_HEARTBEAT_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one run came to."""

    flood_mb: float
    flood_seconds: float
    kept_mb: float
    stored_mb: float
    flood_is_whole: bool
    chat_lines: int
    chats_damaged: int
    late_seconds: float
    late_often: int
    busy_seconds: float
    beats_missed: int
    oldest_beat: float
    cpu_seconds: float
    seconds: float
    memory_mb: float
    idle_mb: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--chats", type=int, default=300)
    parser.add_argument("--megabytes", type=int, default=1000, help="what the flood writes")
    parser.add_argument("--executor", choices=("process", "docker"), default="process")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    options = parser.parse_args(argv)
    with project(options.database, heartbeat_seconds=_HEARTBEAT_SECONDS) as folder:
        figures = _measure(folder, options.executor, options.chats, options.megabytes * 1_000_000)
    print(f"{machine()}; {options.database}; {options.executor} executor; one flood, {options.chats} chats")
    _show(figures)
    return 0 if figures.flood_is_whole and not figures.chats_damaged else 1


def _measure(folder: Path, executor: str, chats: int, size: int) -> Figures:
    from container_manager.models import Attempt, ContainerJob, ExecutorHost, LogChunk  # noqa: PLC0415  (needs Django)

    gate = folder / "gate"
    gate.mkdir()
    in_docker = executor == "docker"
    image = make_image() if in_docker else "none"
    tool, place = ("busybox ", "/gate") if in_docker else ("", str(gate))
    root = {} if in_docker else {"root": str(folder / "attempts")}
    ExecutorHost.objects.create(name="here", executor_type=executor, max_running=chats + 1, options=root)
    mounts = [{"kind": "bind", "source": str(gate), "target": "/gate", "read_only": True}] if in_docker else []

    def make(script: str) -> int:
        job = ContainerJob.objects.create_job(
            image=image, command=["sh", "-c", script], mounts=mounts, stop_grace_seconds=0
        )
        return int(job.pk)

    with _worker(folder, chats + 1) as worker:
        idle = worker.memory_mb()
        ids = [make(_CHAT.format(gate=place, tool=tool)) for _ in range(chats)]
        running = Attempt.objects.filter(started_at__isnull=False, ended_at__isnull=True)
        until(lambda: running.count() == chats, "all chats run", worker)
        began, cpu = time.monotonic(), worker.cpu_seconds()
        flood = make(_FLOOD.format(size=size, tool=tool))
        oldest, missed, memory = _attend(worker, flood)
        used, seconds = worker.cpu_seconds() - cpu, time.monotonic() - began
        (gate / "open").touch()
        over = ContainerJob.objects.filter(finished_at__isnull=False)
        until(lambda: over.count() == chats + 1, "all are over", worker)
        worker.end()
        late, often, busy = re.findall(r"late ([\d.]+) (\d+) ([\d.]+)", worker.log.read_text())[-1]
    attempt = Attempt.objects.get(job_id=flood)
    sizes = LogChunk.objects.filter(attempt=attempt)
    ran = attempt.duration
    lines = [_lines(ContainerJob.objects.get(pk=pk)) for pk in ids]
    return Figures(
        flood_mb=attempt.stdout_bytes / 1e6,
        flood_seconds=ran.total_seconds() if ran else 0.0,
        kept_mb=sum(sizes.values_list("size", flat=True)) / 1e6,
        stored_mb=sum(len(data) for data in sizes.values_list("data", flat=True)) / 1e6,
        flood_is_whole=attempt.stdout_bytes == size or attempt.job.events.filter(kind="log_gap").exists(),
        chat_lines=sum(count for count in lines if count),
        chats_damaged=sum(count is None for count in lines),
        late_seconds=float(late),
        late_often=int(often),
        busy_seconds=float(busy),
        beats_missed=missed,
        oldest_beat=oldest,
        cpu_seconds=used,
        seconds=seconds,
        memory_mb=memory,
        idle_mb=idle,
    )


@contextmanager
def _worker(folder: Path, concurrency: int) -> Iterator[WorkerRun]:
    from container_manager.models import ExecutorHost  # noqa: PLC0415  (needs Django)

    log = folder / "worker.log"
    command = [sys.executable, "-m", "benchmarks.watched_worker", "bench", str(concurrency)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603  (our own)
    run = WorkerRun(process=process, log=log, began=time.perf_counter())
    try:
        until(lambda: not ExecutorHost.objects.filter(checked_at=None).exists(), "the host is checked", run)
        yield run
    finally:
        if process.poll() is None:
            process.kill()


def _attend(worker: WorkerRun, flood: int) -> tuple[float, int, float]:
    """Wait for the flood's end; return the oldest heartbeat, how many were missed, and the largest memory seen."""
    from django.db.models.functions import Now  # noqa: PLC0415  (needs Django)

    from container_manager.models import ContainerJob, Worker  # noqa: PLC0415  (needs Django set up)

    oldest, missed, memory, was_late = 0.0, 0, 0.0, False
    while not ContainerJob.objects.filter(pk=flood, finished_at__isnull=False).exists():
        beat, now = Worker.objects.filter(name="bench").values_list("heartbeat_at", Now())[0]
        age = (now - beat).total_seconds()
        missed += age > 2 * _HEARTBEAT_SECONDS and not was_late
        was_late = age > 2 * _HEARTBEAT_SECONDS
        oldest, memory = max(oldest, age), max(memory, worker.memory_mb())
        if worker.process.poll() is not None:
            sys.exit(worker.log.read_text(errors="replace")[-3000:])
        time.sleep(0.1)
    return oldest, missed, memory


def _lines(job: object) -> int | None:
    """Return how many lines a chat has written, ``None`` where one is missing, doubled, or out of its place."""
    from container_manager.models import ContainerJob  # noqa: PLC0415  (needs Django)

    assert isinstance(job, ContainerJob)
    out, aside = job.get_logs("stdout").splitlines(), job.get_logs("stderr").splitlines()
    count = len(out) - 1
    whole = [f"line {number} of a chat" for number in range(count)] + [f"total {count}"]
    return 2 * count + 1 if out == whole and aside == [f"line {n} aside" for n in range(count)] else None


def _show(figures: Figures) -> None:
    rate = figures.flood_mb / figures.flood_seconds if figures.flood_seconds else 0.0
    print(f"  flood: written           {figures.flood_mb:9.1f} MB   in {figures.flood_seconds:.1f} s: {rate:.0f} MB/s")
    print(f"  flood: kept by its cap   {figures.kept_mb:9.1f} MB   in the database {figures.stored_mb:.1f} MB")
    print(f"  flood: counted           {'all' if figures.flood_is_whole else 'NOT ALL':>9}")
    print(f"  chats: lines stored      {figures.chat_lines:9d}      chats with a line lost: {figures.chats_damaged}")
    print(f"  loop late at most        {1000 * figures.late_seconds:9.0f} ms   over 100 ms: {figures.late_often} times")
    print(f"  loop computing at most   {1000 * figures.busy_seconds:9.0f} ms   between two ticks of 10 ms")
    print(f"  heartbeats missed        {figures.beats_missed:9d}      oldest seen {figures.oldest_beat:.1f} s")
    share = 100 * figures.cpu_seconds / figures.seconds
    print(f"  worker's processor time  {share:9.0f} % of one core, for {figures.seconds:.1f} s")
    print(f"  worker's memory          {figures.memory_mb:9.0f} MB   idle {figures.idle_mb:.0f} MB")


if __name__ == "__main__":
    raise SystemExit(main())
