"""Diagnoses in a process of their own: the same answers, and nothing that goes wrong there harms the worker."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from container_manager.models import Attempt, Diagnosis
from container_manager.troubleshooting.answering import AnsweringError, AnsweringProcess, AttemptCase, answer
from container_manager.troubleshooting.diagnoses import case_of, diagnose_attempt
from container_manager.worker.bridge import Bridge
from container_manager.worker.diagnosing import Diagnosing
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.redaction import Redactor
from tests.integration.troubleshooting.conftest import EndedAttempt

CASE = AttemptCase(
    attempt_id=1,
    facts=Facts(texts=(text_source("stderr", b"sh: nosuch: not found\n"),)),
    redactor=Redactor({"TOKEN": "canary-value"}),
)


@pytest.fixture
def process() -> Iterator[AnsweringProcess]:
    process = AnsweringProcess()
    yield process
    process.close()


def children(of: int) -> list[int]:
    """The processes whose parent this is and that run the diagnoses."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == of and b"answer_all" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue  # it is over
    return found


def wait_for(pid: int) -> None:
    """Wait until a process is over."""
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"process {pid} goes on"
        time.sleep(0.02)


def test_the_process_answers_as_we_would(process: AnsweringProcess) -> None:
    assert process.ask(CASE) == answer(CASE)
    [first] = children(os.getpid())
    assert process.ask(CASE) == answer(CASE)
    assert children(os.getpid()) == [first]


def test_the_process_knows_neither_the_database_nor_django() -> None:
    program = "import sys, container_manager.troubleshooting.answering; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_case_that_cannot_be_answered_is_told_and_the_next_one_is_answered(process: AnsweringProcess) -> None:
    broken = AttemptCase(attempt_id=2, facts=None, redactor=CASE.redactor)  # type: ignore[arg-type]  # that is the test
    with pytest.raises(AnsweringError, match="AttributeError"):
        process.ask(broken)
    assert process.ask(CASE).attempt_id == 1


def test_a_process_that_was_killed_fails_the_question_and_another_one_answers_the_next(
    process: AnsweringProcess,
) -> None:
    process.ask(CASE)
    [child] = children(os.getpid())
    os.kill(child, signal.SIGKILL)
    with pytest.raises(AnsweringError, match="ended before it had answered"):
        process.ask(CASE)
    assert process.ask(CASE).attempt_id == 1


def test_a_question_can_be_abandoned_while_it_is_answered(process: AnsweringProcess) -> None:
    process.ask(CASE)
    [child] = children(os.getpid())
    os.kill(child, signal.SIGSTOP)
    abandoned = threading.Timer(0.2, process.abandon)
    abandoned.start()
    with pytest.raises(AnsweringError):
        process.ask(CASE)
    abandoned.join()
    assert children(os.getpid()) == []


def test_it_ends_with_the_worker_however_that_ends() -> None:
    program = (
        "import time\n"
        "from tests.integration.troubleshooting.test_answering import CASE, AnsweringProcess\n"
        "process = AnsweringProcess()\n"
        "process.ask(CASE)\n"
        "print('answered', flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": os.pathsep.join(sys.path)}
    started = "import django; django.setup()\n" + program
    with subprocess.Popen([sys.executable, "-c", started], stdout=subprocess.PIPE, env=environment) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"answered\n"
        [child] = children(worker.pid)
        worker.kill()
    wait_for(child)


@pytest.fixture
def failed(ended: EndedAttempt) -> Attempt:
    return ended(failure_reason="exit_code", exit_code=127, stderr=b"sh: nosuch: not found\n")


@pytest.mark.django_db(transaction=True)
async def test_a_worker_stores_what_the_process_answers(failed: Attempt) -> None:
    async with Bridge() as bridge:
        diagnosing = Diagnosing(bridge)
        await diagnosing.diagnose(failed.pk)
        await diagnosing.close()
        stored = await bridge.call(lambda: Diagnosis.objects.get(attempt=failed))
        await bridge.call(diagnose_attempt, failed.pk)
        again = await bridge.call(lambda: Diagnosis.objects.get(attempt=failed))

    assert (stored.cause, stored.certainty, stored.report) == (again.cause, again.certainty, again.report)
    assert children(os.getpid()) == []


@pytest.mark.django_db(transaction=True)
async def test_the_database_is_answered_while_a_diagnosis_takes_long(failed: Attempt) -> None:
    async with Bridge() as bridge:
        diagnosing = Diagnosing(bridge)
        await diagnosing.diagnose(failed.pk)
        [child] = children(os.getpid())
        os.kill(child, signal.SIGSTOP)
        slow = asyncio.create_task(diagnosing.diagnose(failed.pk))
        await asyncio.sleep(0.2)
        known = await bridge.call(case_of, failed.pk)
        was_done = slow.done()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        after = children(os.getpid())
        await diagnosing.diagnose(failed.pk)
        await diagnosing.close()

    assert known is not None
    assert (was_done, after) == (False, [])


@pytest.mark.django_db(transaction=True)
async def test_a_process_without_work_is_ended_after_a_while(failed: Attempt, monkeypatch) -> None:
    monkeypatch.setattr("container_manager.worker.diagnosing._IDLE_SECONDS", 0.1)
    async with Bridge() as bridge:
        diagnosing = Diagnosing(bridge)
        await diagnosing.diagnose(failed.pk)
        await asyncio.sleep(0.5)
        left = children(os.getpid())
        await diagnosing.close()

    assert left == []


@pytest.mark.django_db(transaction=True)
async def test_a_diagnosis_that_takes_too_long_is_given_up(failed: Attempt, monkeypatch) -> None:
    async with Bridge() as bridge:
        diagnosing = Diagnosing(bridge)
        await diagnosing.diagnose(failed.pk)
        [child] = children(os.getpid())
        os.kill(child, signal.SIGSTOP)
        monkeypatch.setattr("container_manager.worker.diagnosing._LONGEST_SECONDS", 0.2)
        with pytest.raises(AnsweringError, match="no diagnosis within"):
            await diagnosing.diagnose(failed.pk)
        await diagnosing.close()

    assert children(os.getpid()) == []
