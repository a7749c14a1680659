"""Asking the container engine with its own client, for parts that are Python functions."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

_SECONDS = 15


def ask_engine(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``docker`` with arguments and return how it ended. Raises ``OSError``, also where it takes too long."""
    try:
        return subprocess.run(  # noqa: S603  (no shell: each argument is one word)
            ["docker", *arguments],  # noqa: S607  (the one that the user's path names)
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"docker did not answer within {_SECONDS} seconds") from error


def engine_says(*arguments: str) -> str:
    """Return what ``docker`` prints. Raises ``OSError``, with what it says, where it fails."""
    done = ask_engine(*arguments)
    if done.returncode:
        raise OSError(done.stderr.strip())
    return done.stdout.strip()
