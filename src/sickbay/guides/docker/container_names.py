"""Whether a name is free for a container, and what holds it."""

from __future__ import annotations

import subprocess
import sys

_SECONDS = 15


def judge_name(container: str) -> int:
    """Print ``free``, or ``held`` and the state of the container that has the name. Returns 2 without an engine."""
    command = ["docker", "container", "inspect", "--format", "{{.State.Status}}", container]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 2
    if done.returncode == 0:
        print(f"held {done.stdout.strip()}")
        return 0
    if "no such container" in done.stderr.lower():
        print("free")
        return 0
    sys.stderr.write(done.stderr)
    return 2
