"""The project's Python: is it there, is it new enough, and do its packages fit each other."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sickbay.checks.check import Place
from sickbay.checks.finding import Finding, problem, unclear, well
from sickbay.checks.project import interpreter_of
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.sandbox import Command, run_confined

OLDEST = (3, 11)

BROKEN = "venv-corrupt"
TOO_OLD = "python-version-incompatible"
MISSING = "python-module-not-found"
UNFIT = "python-dependency-incompatible"

SECONDS = 8.0

_PROGRAM = Path(__file__).with_name("interpreter_program.py")


@dataclass(frozen=True, kw_only=True)
class PythonReading:
    """What an interpreter says of itself and its packages: the sentences name what does not fit."""

    version: tuple[int, int, int]
    prefix: str
    is_virtual: bool
    packages: int
    compared: bool
    damaged: tuple[str, ...]
    missing: tuple[str, ...]
    unfit: tuple[str, ...]


def look_at_python(place: Place) -> Finding:
    """Ask the project's interpreter, in a child that can change nothing."""
    path = interpreter_of(place)
    if (broken := judge_link(path)) is not None:
        return broken
    command = Command(arguments=(str(path), "-I", "-B", str(_PROGRAM)), seconds=SECONDS)
    ran = run_confined(command, seconds_left=SECONDS)
    if ran.outcome.state is State.OK:
        try:
            return judge_python(path, msgspec.json.decode(ran.output.text, type=PythonReading))
        except msgspec.DecodeError:
            return unclear(f"{path} does not answer as a Python does")
    return judge_silence(path, ran.outcome, ran.errors.text)


def judge_link(path: Path) -> Finding | None:
    """Return what is wrong with the interpreter's file; nothing where it can be started."""
    try:
        path.stat()
    except OSError as error:
        leads = f"{path} leads to {path.readlink()}" if path.is_symlink() else str(path)
        if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return None  # starting it tells
        return problem(
            "The project's Python does not exist any more",
            evidence=(f"{leads}, which is not there",),
            advice=f"Make the environment anew: python3 -m venv --clear {path.parents[1]}, then install again.",
            cause=BROKEN,
        )
    return None


def judge_silence(path: Path, outcome: Outcome, errors: str) -> Finding:
    """Return what it means that the interpreter did not answer. Only its own complaint is a failure."""
    if outcome.state is State.NOT_MEASURED:
        return Finding(outcome=outcome)
    last = tuple(line for line in errors.splitlines() if line.strip())[-1:]
    return problem(
        "The project's Python does not start",
        evidence=(f"{path}: {outcome.detail}", *last),
        advice=f"Make the environment anew: python3 -m venv --clear {path.parents[1]}, then install again.",
        cause=BROKEN,
    )


def judge_python(path: Path, reading: PythonReading) -> Finding:
    """Say whether this Python can do what is asked of it."""
    version = ".".join(map(str, reading.version))
    if reading.version[:2] < OLDEST:
        return problem(
            f"The project's Python is {version}, too old for Sickbay",
            evidence=(str(path),),
            advice=f"Make an environment with Python {OLDEST[0]}.{OLDEST[1]} or later.",
            cause=TOO_OLD,
        )
    again = f"Install the project's requirements again with {path} -m pip, then look: {path} -m pip check"
    if reading.damaged:
        detail = "Installed packages are damaged"
        return problem(detail, evidence=reading.damaged, advice=again, cause=BROKEN)
    if reading.missing:
        evidence = (*reading.missing, *reading.unfit)
        return problem("Packages are missing", evidence=evidence, advice=again, cause=MISSING)
    if reading.unfit:
        return problem("Packages do not fit each other", evidence=reading.unfit, advice=again, cause=UNFIT)
    where = reading.prefix if reading.is_virtual else f"{path}, no virtual environment"
    fit = "which fit" if reading.compared else "not compared: it has no pip"
    return well(f"Python {version} ({where}), {reading.packages} packages, {fit}")
