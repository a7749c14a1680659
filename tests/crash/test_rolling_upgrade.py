"""An old worker goes on beside a new one after the database was migrated for the new one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.crash.audit import WHOLE, audit
from tests.crash.databases import PROJECT
from tests.crash.programs import countable
from tests.crash.scratch import Scratch

pytestmark = pytest.mark.reliability(19)

_MODELS = ("container_job", "attempt", "job_event", "log_chunk", "worker")

#: Where in each model's file the next version has one more column, with an index.
_FIELD = '    added_later = models.CharField(max_length=20, db_default="later", db_index=True)\n'


def next_version(folder: Path) -> Mapping[str, str]:
    """Make the next version of the app in a folder; return the environment in which it is used."""
    for name in ("src", "example", "tests"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "manage.py", folder)
    for name in _MODELS:
        file = folder / "src/container_manager/models" / f"{name}.py"
        text, changed = re.subn(
            r"^    objects: ClassVar", f"{_FIELD}\n    objects: ClassVar", file.read_text(), flags=re.MULTILINE
        )
        if not changed:
            text = re.sub(r"^    class Meta:", f"{_FIELD}\n    class Meta:", text, count=1, flags=re.MULTILINE)
        assert "added_later" in text, file
        file.write_text(text)
    return {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}"}


def manage(scratch: Scratch, folder: Path, version: Mapping[str, str], *arguments: str) -> None:
    environment = scratch.environment | version
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_old_worker_works_on_after_a_migration_and_hands_over_to_a_new_one(scratch: Scratch, tmp_path: Path) -> None:
    folder = tmp_path / "next"
    folder.mkdir()
    version = next_version(folder)
    before = scratch.make(countable(pause=0.5), countable(pause=0.1))
    old = scratch.worker("--concurrency", "4")
    scratch.wait_for_output(before[0], b"out 1\n")

    manage(scratch, folder, version, "makemigrations", "container_manager", "--name", "later", "--verbosity", "0")
    manage(scratch, folder, version, "migrate", "--verbosity", "0")
    between = scratch.make(*[countable(pause=0.02) for _ in range(3)])
    scratch.wait_until_cleared(*between)  # there is nobody but the old worker

    command = [sys.executable, "manage.py", "process_container_jobs", "--name", "worker-1", "--concurrency", "4"]
    new = scratch.start(command, environment=version, folder=folder)
    scratch.wait_until_signed_on(new)
    beside = scratch.make(*[countable(pause=0.2) for _ in range(4)])
    assert scratch.end(old) == 0
    after = scratch.make(countable(pause=0.02))
    scratch.wait_until_cleared()
    assert scratch.end(new) == 0

    jobs = [*before, *between, *beside, *after]
    audit(scratch, dict.fromkeys(jobs, WHOLE))
    assert [scratch.times_run(job) for job in jobs] == [1] * len(jobs)
    told = scratch.rows("select distinct added_later from container_manager_attempt")
    assert [row["added_later"] for row in told] == ["later"]
