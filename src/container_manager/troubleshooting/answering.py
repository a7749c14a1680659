"""Diagnosing attempts in a process of its own, which knows neither the database nor Django.

Reading the guides and looking through a log takes seconds of computing. In the worker's own process heartbeats would
wait behind that, on a busy machine for longer than a lease lasts; and what goes wrong in there, however badly, is
over when this process is.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import traceback
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from sickbay.diagnosis.verdict import UNKNOWN, Certainty
from sickbay.facts.model import Facts
from sickbay.redaction import Redactor
from sickbay.reports.json_report import Report, report_of
from sickbay.runner import builtin_engine

_LONGEST_TITLE = 300

#: Diagnoses give way to the worker, and to the jobs of its machine.
_NICENESS = 5


@dataclass(frozen=True, kw_only=True)
class AttemptCase:
    """What is known about an attempt that ended badly, and what hides its secrets."""

    attempt_id: int
    facts: Facts
    redactor: Redactor


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The diagnosis of an attempt, ready to be stored."""

    attempt_id: int
    cause: str
    certainty: str
    title: str
    report: Report


class AnsweringError(Exception):
    """The process could not answer; the message says why."""


def answer(case: AttemptCase) -> Answer:
    """Diagnose an attempt, in this process."""
    diagnosis = builtin_engine().diagnose(case.facts)
    best = diagnosis.best
    report = report_of(diagnosis, case.redactor.aware_of(*(text.data for text in case.facts.texts)))
    return Answer(
        attempt_id=case.attempt_id,
        cause=best.cause if best else UNKNOWN,
        certainty=(best.certainty if best else Certainty.UNKNOWN).value,
        title=report["verdicts"][0]["title"][:_LONGEST_TITLE] if best else "",
        report=report,
    )


class AnsweringProcess:
    """Asks a process of its own, which is started for the first case and ends with ours, whatever ends that.

    Ask, and ``close``, from one thread at a time; ``abandon`` may be called from another.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection

    def ask(self, case: AttemptCase) -> Answer:
        """Return the diagnosis. Raises :class:`AnsweringError`."""
        try:
            if self._process is None:
                self._start()
            self._connection.send_bytes(pickle.dumps(case))
            given = pickle.loads(self._connection.recv_bytes())  # noqa: S301  what is read was written by our own code
        except (OSError, EOFError) as error:
            self.close()
            message = "the process that diagnoses ended before it had answered"
            raise AnsweringError(message) from error
        if isinstance(given, Answer):
            return given
        raise AnsweringError(given)

    def abandon(self) -> None:
        """Let the question that is being answered fail now."""
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """End the process, if there is one. The next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._connection.close()

    def _start(self) -> None:
        ours, theirs = Pipe()
        paths = os.pathsep.join(path for path in sys.path if path)
        try:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-c", f"from {__name__} import answer_all; answer_all({theirs.fileno()})"],
                env=os.environ | {"PYTHONPATH": paths},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # A Ctrl-C at the terminal is the worker's, which ends this one when it is done.
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._connection, self._process = ours, process


def answer_all(descriptor: int) -> None:
    """Answer the cases that come through a pipe, until whoever sends them is gone. This is what the process runs."""
    os.nice(_NICENESS)
    connection = Connection(descriptor)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            case: AttemptCase = pickle.loads(connection.recv_bytes())  # noqa: S301  written by our own worker
            try:
                given: Answer | str = answer(case)
            except Exception:  # noqa: BLE001  one case's trouble must not end the process
                given = traceback.format_exc()
            connection.send_bytes(pickle.dumps(given))
