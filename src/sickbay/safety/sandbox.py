"""Running a probe's program where it can change nothing: without a shell, confined by the kernel, and for a while."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sickbay.safety.capabilities import READ_ANY_FILE
from sickbay.safety.cleaning import MOST_BYTES, NO_OUTPUT, Output, clean_output
from sickbay.safety.confined import MISSING_PROGRAM, PERMISSION
from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured
from sickbay.safety.streams import Collected, collect

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: Run by an interpreter that reads no variables and no folders of the user.
_LAUNCHER = "import sys; sys.path.insert(0, sys.argv.pop(1)); from sickbay.safety.confined import main; main()"
_PACKAGES = str(Path(__file__).resolve().parents[2])


class Permission(StrEnum):
    """What a probe may need beyond reading what its user can read."""

    READ_ANY_FILE = "read any file"


@dataclass(frozen=True, kw_only=True)
class Command:
    """A probe's program with its arguments, never seen by a shell.

    ``ports`` are the TCP ports it may connect to; without any it has no Internet sockets at all. ``names`` says whether
    it must look up names to reach them: for that UDP is let through, to anywhere. ``says_no`` are the exit codes by
    which this program answers no: any other but 0 means that it did not answer. It runs in ``folder``, without one in
    the scratch folder, and with the variables of ``environment`` beside a few of its own.
    """

    arguments: tuple[str, ...]
    seconds: float = 10.0
    needs: frozenset[Permission] = frozenset()
    ports: frozenset[int] = frozenset()
    names: bool = False
    says_no: frozenset[int] = frozenset()
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of a command. ``exit_code`` is negative for a signal, and ``None`` where it did not run to its end."""

    outcome: Outcome
    exit_code: int | None = None
    output: Output = NO_OUTPUT
    errors: Output = NO_OUTPUT
    answer_bytes: int = 0


def run_confined(command: Command, *, seconds_left: float, answer_bytes: int = MOST_BYTES) -> Ran:
    """Run a command, for as long as both it and the session have time. Whatever it started is over when this returns.

    Where the kernel does not enforce the confinement, the command is not run.
    """
    seconds = min(command.seconds, seconds_left)
    if seconds <= 0:
        return Ran(outcome=not_measured(NotMeasured.TIMEOUT, "no time is left"))
    with tempfile.TemporaryDirectory(prefix="sickbay-probe-") as scratch:
        answered, answer = os.pipe()
        try:
            child = _started(command, seconds, scratch, answer)
        except BaseException:
            os.close(answered)
            raise
        finally:
            os.close(answer)
        try:
            collected = collect(child, answered, seconds=seconds, most_bytes=min(MOST_BYTES, answer_bytes))
        finally:
            os.close(answered)
    return _judged(command, collected, seconds)


def first_measured(commands: Iterable[Command], *, seconds_left: float) -> Ran:
    """Run commands that answer the same question until one of them does.

    After one that lacked a permission, no other is tried that needs more. All share ``seconds_left``.
    """
    ran = Ran(outcome=not_measured(NotMeasured.MISSING_PROGRAM, "there is nothing to run"))
    allowed: frozenset[Permission] | None = None
    for command in commands:
        if allowed is not None and not command.needs <= allowed:
            continue
        ran = run_confined(command, seconds_left=seconds_left)
        if ran.outcome.state is not State.NOT_MEASURED:
            break
        seconds_left -= command.seconds if ran.outcome.reason is NotMeasured.TIMEOUT else 0
        if ran.outcome.reason is NotMeasured.PERMISSION:
            allowed = command.needs if allowed is None else allowed & command.needs
    return ran


def _started(command: Command, seconds: float, scratch: str, answer: int) -> subprocess.Popen[bytes]:
    few = {"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch}
    orders = {
        "answer": answer,
        "arguments": command.arguments,
        "capabilities": 1 << READ_ANY_FILE if Permission.READ_ANY_FILE in command.needs else 0,
        "cpu_seconds": math.ceil(seconds) + 1,
        "environment": {**few, **command.environment},
        "folder": str(command.folder or scratch),
        "names": command.names,
        "parent": os.getpid(),
        "ports": sorted(command.ports),
        "scratch": scratch,
    }
    with os.fdopen(os.memfd_create("orders"), "w+b") as told:  # arguments are shown to every user of the machine
        told.write(json.dumps(orders).encode())
        told.seek(0)
        return subprocess.Popen(  # noqa: S603  (an argument list, and no shell)
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, _PACKAGES, str(told.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=scratch,
            env=few,
            pass_fds=(answer, told.fileno()),
            start_new_session=True,
        )


def _judged(command: Command, collected: Collected, seconds: float) -> Ran:
    source = command.arguments[0]
    return Ran(
        outcome=_outcome(command, collected, seconds),
        exit_code=collected.exit_code,
        output=clean_output(source, collected.output),
        errors=clean_output(f"{source} (errors)", collected.errors),
        answer_bytes=len(collected.output) + len(collected.errors),
    )


def _outcome(command: Command, collected: Collected, seconds: float) -> Outcome:
    if collected.refusal:
        return _refused(*json.loads(collected.refusal))
    if collected.timed_out or collected.exit_code == -signal.SIGXCPU:
        return not_measured(NotMeasured.TIMEOUT, f"it had no answer after {seconds:g} s")
    if collected.cut_off:
        return Outcome(state=State.INCONCLUSIVE, detail="it printed more than may be kept, and was ended")
    if collected.exit_code == 0:
        return Outcome(state=State.OK)
    state = State.FAIL if collected.exit_code in command.says_no else State.INCONCLUSIVE
    return Outcome(state=state, detail=f"it ended with exit code {collected.exit_code}")


def _refused(reason: str, detail: str) -> Outcome:
    match reason:
        case _ if reason == MISSING_PROGRAM:
            return not_measured(NotMeasured.MISSING_PROGRAM, detail)
        case _ if reason == PERMISSION:
            return not_measured(NotMeasured.PERMISSION, detail)
        case _:
            return not_measured(NotMeasured.NOT_ENFORCED, detail)
