"""How long ``sickbay doctor`` takes on a healthy installation: the example project, this machine, its real engine.

The project gets a database of its own with a host and a sign of life of a worker, so that nothing is left to tell.
What is measured is the whole command, from its start to its end, and the processor time of it and its children; in
turns with ``manage.py check``, which loads the same project and asks neither machine nor database.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent

_READY = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from datetime import timedelta
from django.utils import timezone
from container_manager.models import ExecutorHost, Worker
now = timezone.now()
ExecutorHost.objects.create(name="local", is_healthy=True, checked_at=now + timedelta(hours=1))
Worker.objects.create(name="w", hostname="here", pid=1, concurrency=4, heartbeat_at=now + timedelta(hours=1))
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 where the installation is not healthy, for then the figures mean nothing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="sickbay-bench-") as state:
        environment = {**os.environ, "SICKBAY_STATE_DIR": state, "DJANGO_SETTINGS_MODULE": "example.settings"}
        subprocess.run([sys.executable, "-c", _READY], cwd=_PROJECT, env=environment, check=True)  # noqa: S603  (ours)
        doctor = [sys.executable, "-m", "sickbay", "doctor"]
        check = [sys.executable, "manage.py", "check"]
        # In turns, and the first ones warm caches.
        rounds = [(_measured(doctor, environment), _measured(check, environment)) for _ in range(options.rounds + 1)][
            1:
        ]
    print(rounds[-1][0].said)
    for name, runs in (
        ("sickbay doctor", [each[0] for each in rounds]),
        ("manage.py check", [each[1] for each in rounds]),
    ):
        seconds, processor = [run.seconds for run in runs], statistics.median(run.processor for run in runs)
        spread = f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"
        print(f"{name:>16}  {spread}, {processor:.2f} s of processor time")
    return 0 if all(each[0].said.startswith("Healthy") for each in rounds) else 1


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One run of a command: its seconds, the processor time of it and its children, and what it said."""

    seconds: float
    processor: float
    said: str


def _measured(command: Sequence[str], environment: Mapping[str, str]) -> _Run:
    before, began = _processor_time(), time.monotonic()
    done = subprocess.run(command, cwd=_PROJECT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  (ours)
    seconds = time.monotonic() - began
    return _Run(seconds=seconds, processor=_processor_time() - before, said=done.stdout.strip())


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    raise SystemExit(main())
