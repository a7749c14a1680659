"""Places where a test can make the worker die as if by ``kill -9``.

A test names one in the environment before it starts a worker: ``SICKBAY_FAULT_POINT=outcome-recorded``, or with a
number for a later passage: ``log-stored:3``. Without the variable a passage costs next to nothing. They follow in the
order of an attempt's life; ``pulling`` and ``pulled`` are passed only where an image is brought,
and ``secrets`` for jobs that have some.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from functools import cache
from typing import Literal, get_args

VARIABLE = "SICKBAY_FAULT_POINT"

FaultPoint = Literal[
    "claiming",
    "claimed",
    "secrets",
    "launching",
    "pulling",
    "pulled",
    "creating",
    "created",
    "starting",
    "started",
    "launched",
    "start-recorded",
    "log-read",
    "log-stored",
    "exit-seen",
    "log-complete",
    "artifacts",
    "outcome-recorded",
    "diagnosed",
    "container-removed",
    "cleared",
]

FAULT_POINTS: tuple[FaultPoint, ...] = get_args(FaultPoint)

_passed: Counter[str] = Counter()


def fault_point(name: FaultPoint) -> None:
    """Die here, without any farewell, if the environment asks for it."""
    chosen, passage = _chosen()
    if name != chosen:
        return
    _passed[name] += 1
    if _passed[name] == passage:
        os.kill(os.getpid(), signal.SIGKILL)


@cache
def _chosen() -> tuple[str, int]:
    # Read at the first passage: a test's worker may be forked from a process that has imported everything.
    name, _, passage = os.environ.get(VARIABLE, "").partition(":")
    return name, int(passage or 1)
