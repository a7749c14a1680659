"""``sickbay repair --format json``: the same answers as text, alone on standard output, and without secrets."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sickbay.cli.exits import CommandError, ExitCode
from tests.integration.repair.terminal import at_terminal, without_terminal
from tests.integration.repair.world import ENV_GUIDE, state_of, use_guide
from tests.unit.sickbay.repair.written import MAKE, TAKE_LOCK, WrittenStep, written

pytestmark = pytest.mark.usefixtures("project")

HERE = ("--environment", "development")


@pytest.fixture
def asked(told: Any) -> Any:
    def run(*arguments: str) -> tuple[int, Any]:
        code, text = told("repair", *arguments, "--format", "json")
        return code, json.loads(text)

    return run


def _report_at_terminal(*arguments: str) -> tuple[int, Any]:
    """Return the exit code and the report; the terminal shows the plan and what is typed, too."""
    code, shown = at_terminal("repair", *arguments, "--format", "json", "--apply")
    return code, json.loads(shown[shown.index("{") :])


def test_the_dry_run_is_the_plan_that_text_shows_and_changes_nothing(asked: Any, told: Any, project: Path) -> None:
    before = state_of(project)
    code, report = asked(ENV_GUIDE, *HERE)
    assert code == report["exit_code"] == ExitCode.PROBLEMS
    assert state_of(project) == before
    assert (report["ending"], report["guide"], report["cause"]) == ("matched", ENV_GUIDE, ENV_GUIDE)
    assert report["facts"]["env-is-directory"] is True
    assert report["proofs"] == {"is-file": False}
    assert (report["result"], report["session"], report["guard"]) == (None, None, None)
    plan = report["plan"]
    assert [step["action"] for step in plan["steps"]] == ["move-aside", "put-file"]
    assert plan["steps"][0]["arguments"] == ["test ! -e .env.aside", "mv .env .env.aside"]
    assert plan["tried_enough"] is True
    assert re.search(r"digest       ([0-9a-f]{64})", told("repair", ENV_GUIDE, *HERE)[1])[1] == plan["digest"]


def test_what_was_done_and_taken_back_is_told(project: Path) -> None:
    before = state_of(project)
    code, report = _report_at_terminal(ENV_GUIDE, *HERE)
    assert code == report["exit_code"] == ExitCode.HEALTHY
    assert report["ending"] == "repaired"
    assert report["result"]["done"] == ["move-aside", "put-file"]
    assert Path(report["result"]["backup"]).is_dir()
    assert report["guard"] == f"sickbay guide guard {ENV_GUIDE}"
    assert (project / ".env").is_file()

    code, report = _report_at_terminal("--undo", report["session"])
    assert (code, report["ending"], report["exit_code"]) == (ExitCode.HEALTHY, "taken back", 0)
    assert report["result"]["taken_back"] == ["undo put-file", "undo move-aside"]
    assert state_of(project) == before


def test_a_repair_that_was_rolled_back_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_guide(tmp_path, monkeypatch, written(MAKE, TAKE_LOCK))
    code, report = _report_at_terminal("conf-missing", *HERE)
    assert code == report["exit_code"] == ExitCode.PROBLEMS
    assert report["ending"] == "not repaired, rolled back"
    assert report["result"]["reasons"] == ["lock-left holds now, and did not before"]
    assert report["result"]["taken_back"] == ["take-lock", "make"]
    assert report["guard"] is None


def test_where_there_is_nothing_to_repair_there_is_no_plan(asked: Any, project: Path) -> None:
    (project / ".env").rename(project / "elsewhere")
    (project / ".env").write_text("PORT=1\n")
    code, report = asked(ENV_GUIDE)
    assert (code, report["ending"], report["plan"]) == (ExitCode.HEALTHY, "not this", None)


def test_a_way_back_is_planned_as_data(asked: Any, project: Path) -> None:
    _, done = _report_at_terminal(ENV_GUIDE, *HERE)
    code, report = asked("--undo", "last")
    assert (code, report["ending"], report["result"]) == (ExitCode.PROBLEMS, "matched", None)
    assert [step["action"] for step in report["plan"]["steps"]] == ["undo put-file", "undo move-aside"]
    assert report["plan"]["tried"] == f"part of the plan of session {done['session']}"
    assert (project / ".env").is_file()


def test_the_list_is_told_the_mildest_first(asked: Any) -> None:
    code, outlines = asked("--list")
    causes = [each["cause"] for each in outlines]
    assert code == ExitCode.HEALTHY
    assert causes.index("env-file-missing") < causes.index(ENV_GUIDE)
    assert outlines[causes.index(ENV_GUIDE)] == {
        "cause": ENV_GUIDE,
        "guide": ENV_GUIDE,
        "effect": "reversible",
        "reach": "one_object",
        "steps": ["move-aside", "put-file"],
        "inputs": [],
    }


def test_a_session_is_named_by_its_own_name(asked: Any, told: Any) -> None:
    told("session", "start", "web", "--environment", "staging")
    name = json.loads(told("session", "show", "--format", "json")[1])["sessions"][0]["session"]
    assert re.fullmatch(r"\d{8}-[0-9a-f]{8}", name)
    assert asked(ENV_GUIDE, "--session", "last")[1]["session"] == name


def test_secrets_are_in_no_report(asked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = WrittenStep(name="told", does=("grep -q $TOKEN a", "mv a b"), undo=("mv b a",))
    use_guide(tmp_path, monkeypatch, written(MAKE, step))
    (tmp_path / "token").write_text("s3cr3tvalue\n")
    _, report = asked("conf-missing", "--environment", "staging", "--input", f"TOKEN=@{tmp_path}/token")
    assert "s3cr3tvalue" not in json.dumps(report)
    assert report["plan"]["steps"][1]["arguments"] == ["grep -q '[secret:TOKEN]' a", "mv a b"]


def test_what_is_refused_leaves_standard_output_empty(project: Path) -> None:
    done = without_terminal("repair", ENV_GUIDE, *HERE, "--apply", "--format", "json")
    assert (done.returncode, done.stdout) == (ExitCode.PROBLEMS, "")
    assert "by a person at a terminal" in done.stderr
    assert (project / ".env").is_dir()


def test_wrong_use_is_said_as_ever(told: Any) -> None:
    with pytest.raises(CommandError) as refused:
        told("repair", "--format", "json")
    assert refused.value.code == ExitCode.WRONG_USE
