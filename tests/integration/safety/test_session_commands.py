"""``sickbay session`` as a user runs it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sickbay.cli.exits import CommandError, ExitCode
from sickbay.safety.plan import plan_document
from sickbay.safety.stages import Stage
from tests.unit.sickbay.safety.made import TARGET, plan

SESSION = [sys.executable, "-m", "sickbay", "session"]

pytestmark = pytest.mark.usefixtures("sessions")


@pytest.fixture
def told(told: Any) -> Any:
    return partial(told, "session")


@pytest.fixture
def asked(told: Any) -> Any:
    def run(*arguments: str) -> Any:
        return json.loads(told(*arguments, "--format", "json")[1])

    return run


def _in_repair(told: Any) -> None:
    told("start", TARGET.name, "--environment", str(TARGET.environment), "--problem", "jobs fail")
    for stage in list(Stage)[: list(Stage).index(Stage.REPAIR)]:
        told("note", "last", "ok", f"looked at {stage}", "--next")


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan_document(plan())))
    return path


def test_a_session_is_started_shown_and_ended(told: Any, asked: Any) -> None:
    report = asked("start", "web", "--problem", "jobs fail")
    assert (report["status"], report["stage"], report["environment"]) == ("open", "symptoms", "production")
    assert 1790 <= report["seconds_left"] <= 1800
    told("note", "last", "fail", "exit code 137", "--next")
    code, text = told("show", "last")
    assert code == ExitCode.HEALTHY
    assert "health (2 of 11)" in text
    assert "symptoms: fail, exit code 137" in text
    assert max(map(len, text.splitlines())) <= 80
    assert asked("end", "last", "--reason", "the limit was raised")["reason"] == "the limit was raised"
    assert asked("show")["sessions"][0]["status"] == "ended"


def test_what_has_ended_is_not_acted_in(told: Any) -> None:
    told("start", "web")
    told("end", "last")
    with pytest.raises(CommandError, match="the session has ended"):
        told("note", "last", "ok", "late")


def test_a_stage_is_not_left_without_an_answer_and_none_is_skipped(told: Any, asked: Any) -> None:
    told("start", "web")
    told("note", "last", "unreachable", "no way in", "--next")
    assert asked("show", "last")["stage"] == "health"
    assert asked("show", "last")["outcomes"][0]["reason"] == "unreachable"


def test_verify_names_the_record_that_was_changed(told: Any, asked: Any, sessions: Path) -> None:
    told("start", "web")
    told("note", "last", "ok", "seen")
    assert told("verify")[0] == ExitCode.HEALTHY
    [log] = sessions.glob("*/audit.jsonl")
    before, _, after = log.read_bytes().rpartition(b"seen")
    log.write_bytes(before + b"sewn" + after)
    code, text = told("verify", "last")
    assert code == ExitCode.PROBLEMS
    assert "damaged: record 3 was changed" in text
    assert asked("verify")["sessions"][0]["damage"] == {"record": 3, "problem": "was changed"}
    assert told("show")[0] == ExitCode.PROBLEMS
    with pytest.raises(CommandError, match="record 3") as refused:
        told("note", "last", "ok", "go on")
    assert refused.value.code == ExitCode.NOT_MEASURED


def test_without_a_place_for_the_record_nothing_begins(told: Any, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(CommandError, match="cannot be recorded"):
        told("start", "web")


def test_only_the_owner_may_enter(told: Any, sessions: Path) -> None:
    told("start", "web")
    assert stat.S_IMODE(sessions.stat().st_mode) == 0o700


def test_secrets_and_terminal_sequences_are_not_shown(told: Any, sessions: Path) -> None:
    told("start", "web", "--problem", "postgres://bob:hunter2hunter2@db/x \x1b[31m\u202efails")
    text = told("show", "last")[1]
    assert "hunter2hunter2" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    [log] = sessions.glob("*/audit.jsonl")
    assert b"hunter2hunter2" not in log.read_bytes()


def test_a_session_that_is_not_there_is_said_so(told: Any) -> None:
    with pytest.raises(CommandError, match="no session yet"):
        told("show", "last")
    for name in ("nosuch", "../x"):
        with pytest.raises(CommandError, match="lists them"):
            told("show", name)


def test_a_plan_is_proposed_only_in_its_stage(told: Any, plan_file: Path) -> None:
    told("start", TARGET.name, "--environment", str(TARGET.environment))
    with pytest.raises(CommandError, match="in the stage repair"):
        told("propose", "last", str(plan_file))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"minutes": 60}', "\x00"])
def test_what_is_no_plan_is_refused(told: Any, tmp_path: Path, content: str) -> None:
    _in_repair(told)
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(CommandError):
        told("propose", "last", str(tmp_path / "plan.json"))


TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


def _at_terminal(answer: str, *arguments: str) -> tuple[int, str]:
    """Run at a terminal of its own, at which somebody types an answer."""
    command = [sys.executable, "-c", TERMINAL, *SESSION, *arguments]
    done = subprocess.run(command, input=f"{answer}\n", capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_person_approves_what_an_agent_proposed(told: Any, asked: Any, plan_file: Path) -> None:
    _in_repair(told)
    digest = asked("propose", "last", str(plan_file), "--agent", "nightly")["digest"]
    assert digest == plan().digest()

    code, shown = _at_terminal("yes", "approve", "last", digest[:12])
    assert code == ExitCode.PROBLEMS
    assert "was not confirmed" in shown

    code, shown = _at_terminal(digest[:8], "approve", "last", digest[:12])
    assert (code, "undo: start it with the old settings" in shown) == (0, True), shown
    assert "impact   job 17" in shown
    [approval] = asked("show", "last")["approvals"]
    assert approval["usable"]


def test_without_a_terminal_nothing_is_approved(told: Any, asked: Any, plan_file: Path) -> None:
    _in_repair(told)
    digest = asked("propose", "last", str(plan_file), "--agent", "nightly")["digest"]
    done = subprocess.run(
        [*SESSION, "approve", "last", digest[:12]],
        input=digest[:8] + "\n",
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == ExitCode.PROBLEMS
    assert "there is none" in done.stderr
    assert asked("show", "last")["approvals"] == []


def test_nobody_approves_their_own_plan(told: Any, asked: Any, plan_file: Path) -> None:
    _in_repair(told)
    digest = asked("propose", "last", str(plan_file))["digest"]
    code, shown = _at_terminal(digest[:8], "approve", "last", digest[:12])
    assert code == ExitCode.PROBLEMS
    assert "somebody else approves it" in " ".join(shown.split())


def test_a_few_characters_of_a_digest_are_not_enough(told: Any, plan_file: Path) -> None:
    _in_repair(told)
    told("propose", "last", str(plan_file))
    with pytest.raises(CommandError, match="at least 12"):
        told("approve", "last", plan().digest()[:11])
    with pytest.raises(CommandError, match="was proposed"):
        told("approve", "last", "0" * 12)
