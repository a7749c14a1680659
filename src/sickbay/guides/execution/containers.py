"""The state of a container, asked with the engine's own client."""

from __future__ import annotations

import subprocess
import sys

_SECONDS = 10


def is_running(*, container: str) -> int:
    """Print a container's status: 0 where it runs, 1 where it does not, 2 where nobody can tell."""
    try:
        asked = subprocess.run(
            ["docker", "inspect", "--format", "{{.State.Status}}", container],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if asked.returncode != 0:
        sys.stderr.write(asked.stderr)
        return 2
    sys.stdout.write(f"{container} is {asked.stdout}")
    return 0 if asked.stdout.strip() == "running" else 1
