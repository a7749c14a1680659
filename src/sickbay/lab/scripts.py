"""Running a guide's reproductions and symptoms: the only shell scripts there are, and they run in the lab alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sickbay.guides.model import Guide
from sickbay.guides.parts import FunctionCall, Script
from sickbay.investigation.calling import call_command

MOST_SECONDS = 240.0
"""A script that has no end by then is ended. Most take one or two; some start servers, on a busy machine."""


@dataclass(frozen=True, kw_only=True)
class ScriptRan:
    """What came of a script: both streams together, as a person sees them, and the exit code as a shell gives it."""

    output: bytes
    exit_code: int
    timed_out: bool = False

    @property
    def shown(self) -> str:
        """The output for a person, with the exit code."""
        ended = "no end in time" if self.timed_out else f"exit code {self.exit_code}"
        return f"{ended}, output:\n{self.output.decode(errors='replace')[-4000:]}"


def run_script(
    guide: Guide, script: Script, folder: Path, environment: Mapping[str, str], *, seconds: float = MOST_SECONDS
) -> ScriptRan:
    """Run a script in a folder. What it leaves in the background in its own group is ended with it.

    Raises ``InputError`` for a function that names an input without a good value.
    """
    arguments = (
        call_command(guide, script.action, environment)
        if isinstance(script.action, FunctionCall)
        else ["sh", "-c", script.action]
    )
    child = subprocess.Popen(  # noqa: S603  (an argument list; the script is the guide's)
        arguments,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        end_group(child.pid)
        output, _ = child.communicate()
        return ScriptRan(output=output, exit_code=128 + signal.SIGKILL, timed_out=True)
    code = child.returncode
    return ScriptRan(output=output, exit_code=128 - code if code < 0 else code)


def end_group(leader: int) -> None:
    """Kill what is left of a group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
