"""What the command line's exit codes mean, and how a command ends early."""

from __future__ import annotations

from enum import IntEnum

from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Diagnosis


class ExitCode(IntEnum):
    """The same for every command."""

    HEALTHY = 0
    PROBLEMS = 1
    WARNINGS = 2
    NOT_MEASURED = 3
    WRONG_USE = 4


class CommandError(Exception):
    """A command cannot go on. The message is shown to the user as it is."""

    def __init__(self, message: str, code: ExitCode = ExitCode.WRONG_USE) -> None:
        super().__init__(message)
        self.code = code


def exit_code_of(diagnosis: Diagnosis) -> ExitCode:
    """Return what a diagnosis means for the shell: with only ``possible`` verdicts it warns, undecided it is a 3."""
    if diagnosis.best is None:
        return ExitCode.NOT_MEASURED if diagnosis.not_measured else ExitCode.HEALTHY
    if diagnosis.best.cause == UNKNOWN or diagnosis.undecided:
        return ExitCode.NOT_MEASURED
    possible = all(verdict.certainty is Certainty.POSSIBLE for verdict in diagnosis.verdicts)
    return ExitCode.WARNINGS if possible else ExitCode.PROBLEMS
