"""Carrying out what a step, its undo, or a guard says: argument lists in their order, without a shell."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from sickbay.guides.answers import CommandAnswer
from sickbay.guides.commands import filled_in
from sickbay.guides.model import Guide
from sickbay.guides.parts import Action, FunctionCall
from sickbay.investigation.calling import call_command
from sickbay.investigation.place import Place
from sickbay.safety.cleaning import clean_output

TIMED_OUT = 124
"""The exit code of an action that had no end in time, as ``timeout`` gives it."""

NOT_STARTED = 127
"""The exit code of a program that is not there, as a shell gives it."""

_SECONDS_TO_DRAIN = 2.0


def argument_lists(guide: Guide, action: Action, place: Place) -> list[list[str]]:
    """Return what an action runs, with its inputs filled in. Raises ``InputError``."""
    if isinstance(action, FunctionCall):
        return [call_command(guide, action, place.values)]
    return [filled_in(command, guide.front.inputs, place.values) for command in action]


def act(guide: Guide, action: Action, place: Place, *, seconds: float) -> CommandAnswer:
    """Run an action's commands in their order; the first that fails ends them. All share ``seconds``.

    The commands run with the caller's rights and variables. Raises ``InputError`` before anything has run.
    """
    deadline = time.monotonic() + seconds
    answer = CommandAnswer(exit_code=0)
    for arguments in argument_lists(guide, action, place):
        answer = _run(arguments, place, deadline - time.monotonic())
        if answer.exit_code != 0:
            break
    return answer


def _run(arguments: Sequence[str], place: Place, seconds: float) -> CommandAnswer:
    try:
        child = subprocess.Popen(  # noqa: S603  (an argument list, and no shell)
            arguments,
            cwd=place.folder,
            env=dict(place.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return CommandAnswer(exit_code=NOT_STARTED, errors=f"{arguments[0]}: {error.strerror}")
    try:
        output, errors = child.communicate(timeout=max(0.0, seconds))
        code = child.returncode if child.returncode >= 0 else 128 - child.returncode
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        output, errors = _rest(child)
        code = TIMED_OUT
    said, complained = (clean_output(arguments[0], raw).text for raw in (output, errors))
    place.alarms.hear(said, complained)
    return CommandAnswer(exit_code=code, output=said, errors=complained)


def _rest(child: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Read what a killed program left; whoever left its group may hold the streams for ever, and is not waited for."""
    try:
        return child.communicate(timeout=_SECONDS_TO_DRAIN)
    except subprocess.TimeoutExpired as error:
        return error.stdout or b"", error.stderr or b""
