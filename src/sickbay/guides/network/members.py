"""Which containers take part in which network of the engine, asked with the engine's own client."""

from __future__ import annotations

import subprocess
import sys

_NAMES = "{{range .Containers}}{{println .Name}}{{end}}"
_SECONDS = 10


def is_member(*, network: str, container: str) -> int:
    """Print whether a running container takes part in a network: 0 it does, 1 it does not, 2 nobody can tell."""
    try:
        asked = subprocess.run(
            ["docker", "network", "inspect", "--format", _NAMES, network],
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
    member = container in asked.stdout.split()
    sys.stdout.write(f"{container} {'takes part in' if member else 'is not in'} {network}\n")
    return 0 if member else 1
