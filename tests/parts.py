"""Whether the real parts that some tests need are there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")


def engine_answers() -> bool:
    """Say whether a Docker engine answers at its default address and its command line is there."""
    try:
        done = subprocess.run(["docker", "version"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def cgroups_can_be_made() -> bool:
    """Say whether this user may make a control group (version 1: in the memory hierarchy; version 2: at the root)."""
    parent = CGROUP_ROOT / "memory" if (CGROUP_ROOT / "memory").is_dir() else CGROUP_ROOT
    group = parent / f"sickbay-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        return False
    group.rmdir()
    return True


def faketime_is_there() -> bool:
    """Say whether a process can be given a clock of its own."""
    return any(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


def registry_is_there() -> bool:
    """Say whether a real image registry can be started, with a certificate of its own."""
    return all(shutil.which(program) for program in ("docker-registry", "openssl"))
