"""Every benchmark one after the other, each in a process of its own: ``make bench``.

``--quick`` runs each with few jobs, to see that it works. ``ONLY`` names those to run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One command, as it stands in ``docs/benchmarks.md``, and what makes it short."""

    name: str
    title: str
    full: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()


BENCHMARKS = (
    Benchmark(
        name="lifecycle",
        title="No-op jobs through the whole lifecycle, beside other queues",
        quick=("--jobs", "30", "--rounds", "1"),
    ),
    Benchmark(
        name="claims",
        title="What a claim costs beside finished history",
        quick=("--finished", "200", "400", "--rounds", "10"),
    ),
    Benchmark(
        name="engine",
        title="Trivial jobs on Docker, beside the bare engine",
        quick=("--jobs", "8", "--rounds", "1", "--concurrency", "4"),
    ),
    Benchmark(name="latency", title="From submit to the container's start", quick=("--jobs", "3")),
    Benchmark(
        name="holding",
        title="Holding many running attempts",
        quick=("--attempts", "20", "--seconds", "3", "--every", "1"),
    ),
    Benchmark(
        name="logs",
        title="A flood and many chats on one worker",
        quick=("--chats", "5", "--megabytes", "20"),
    ),
    Benchmark(name="doctor", title="A preflight of a healthy installation", quick=("--rounds", "1")),
    Benchmark(name="scan_log", title="Scanning a large log with every signature", quick=("--mb", "20")),
    Benchmark(
        name="redaction",
        title="What redaction hides, and how fast",
        quick=("--lines", "2000", "--megabytes", "10"),
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run them; return 1 if one of them could not be run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("only", nargs="*", metavar="ONLY", help="names of benchmarks (default: all)")
    parser.add_argument("--quick", action="store_true", help="few jobs each: the figures mean nothing then")
    options = parser.parse_args(argv)
    unknown = set(options.only) - {benchmark.name for benchmark in BENCHMARKS}
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    failed = []
    for benchmark in BENCHMARKS:
        if options.only and benchmark.name not in options.only:
            continue
        print(f"\n== {benchmark.title} (python -m benchmarks.{benchmark.name})", flush=True)
        began = time.monotonic()
        arguments = benchmark.quick if options.quick else benchmark.full
        command = [sys.executable, "-m", f"benchmarks.{benchmark.name}", *arguments]
        if subprocess.run(command, check=False).returncode:  # noqa: S603  (our own programs)
            failed.append(benchmark.name)
        print(f"   ({time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        print(f"\nCould not be run: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
