"""The shim stays small: it is started for every attempt, and lives as long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import container_manager

HEAVY = {"asyncio", "django", "json", "pathlib", "re", "subprocess", "typing"}


def test_the_shim_imports_nothing_heavy():
    source = str(Path(container_manager.__file__).parents[1])
    script = (
        "import sys; sys.path.append(sys.argv[1]); import container_manager.executors.process.shim.supervisor; "
        "print(' '.join(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", script, source], capture_output=True, text=True, check=True)
    assert HEAVY & set(run.stdout.split()) == set()
