"""When a confined program ends: in time, with all that it started, and with whoever watches it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sickbay.safety.landlock import landlock_version
from sickbay.safety.outcome import NotMeasured
from sickbay.safety.sandbox import Command, run_confined

#: Longest wait of a test, never a measure of speed.
PATIENCE = 30.0

pytestmark = pytest.mark.skipif(not landlock_version(), reason="this kernel does not enforce Landlock")


def test_a_probe_that_sleeps_for_ever_is_cut_when_the_session_ends() -> None:
    ran = run_confined(Command(arguments=("sleep", "1000"), seconds=500), seconds_left=0.5)
    assert (ran.outcome.reason, ran.exit_code) == (NotMeasured.TIMEOUT, None)


def test_without_time_nothing_is_started() -> None:
    for left in (0.0, -1.0):
        ran = run_confined(Command(arguments=("true",)), seconds_left=left)
        assert ran.outcome.reason is NotMeasured.TIMEOUT


def _alive(mark: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "cmdline").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


FORKING = """
import os, subprocess, sys, time
mark = sys.argv[1]
if os.fork() == 0:
    if os.fork() == 0:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(987)", mark])
        time.sleep(987)
    time.sleep(987)
print("started", flush=True)
{}
"""


@pytest.mark.parametrize(("ending", "reason"), [("time.sleep(987)", NotMeasured.TIMEOUT), ("", None)])
def test_grandchildren_end_with_it(ending: str, reason: NotMeasured | None) -> None:
    mark = f"mark-{os.getpid()}-{len(ending)}"
    command = Command(arguments=(sys.executable, "-c", FORKING.format(ending), mark), seconds=2.0)
    ran = run_confined(command, seconds_left=PATIENCE)
    assert ran.outcome.reason is reason
    assert ran.output.text == "started\n"
    deadline = time.monotonic() + PATIENCE
    while _alive(mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _alive(mark) == []


WATCHING = """
import os, sys, threading, time
from sickbay.safety.sandbox import Command, run_confined
from tests.integration.safety.test_sandbox_endings import _alive
program, mark = sys.argv[1], "987." + sys.argv[2]
def die():
    while not _alive(mark):
        time.sleep(0.02)
    os.kill(os.getpid(), 9)
threading.Thread(target=die).start()
command = Command(arguments=(sys.executable, "-c", program, mark), seconds=60)
run_confined(command, seconds_left=60)
"""


def test_it_dies_with_the_process_that_watches_it(tmp_path: Path) -> None:
    mark = f"orphan-{os.getpid()}"
    watching = [sys.executable, "-c", WATCHING, "import time; time.sleep(987)", mark]
    surroundings = {**os.environ, "TMPDIR": str(tmp_path)}  # nobody is left to remove the scratch folder
    done = subprocess.run(watching, check=False, timeout=PATIENCE, env=surroundings)
    assert done.returncode == -9
    deadline = time.monotonic() + PATIENCE
    while _alive(f"987.{mark}") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _alive(f"987.{mark}") == []
