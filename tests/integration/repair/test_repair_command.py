"""``sickbay repair`` as a user runs it, at a real terminal and without one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sickbay.cli.exits import CommandError, ExitCode
from tests.integration.repair.terminal import at_terminal, without_terminal
from tests.integration.repair.world import state_of, use_guide
from tests.unit.sickbay.repair.written import MAKE, RENAME, WrittenStep, written

CAUSE = "env-file-is-directory"


pytestmark = pytest.mark.usefixtures("project")


def test_the_dry_run_shows_everything_and_changes_nothing(told: Any, project: Path) -> None:
    before = state_of(project)
    code, text = told("repair", CAUSE, "--environment", "development")
    assert code == ExitCode.PROBLEMS
    assert state_of(project) == before
    for line in (
        "env-is-directory yes: There is a directory where the file should",
        "step 1       move-aside (reversible, one object)",
        "  mv .env .env.aside",
        "  undo         test ! -e .env",
        "backup       copies of .env, .env.aside (nothing is there yet)",
        "impact       nothing depends on it",
        "verified by  find -H .env -maxdepth 0 -type f (fails now)",
        "tried        not needed in development",
        "Nothing was changed.",
    ):
        assert line in text
    assert re.search(r"digest       [0-9a-f]{64}", text)
    assert max(len(line) for line in text.splitlines() if not line.startswith("Nothing was")) <= 80
    assert not (project.parent / "state").exists()


def test_a_person_at_a_terminal_approves_and_it_is_done(told: Any, project: Path, sessions: Path) -> None:
    before = state_of(project)
    code, text = at_terminal("repair", CAUSE, "--environment", "development", "--apply")
    assert code == ExitCode.HEALTHY, text
    assert "Repaired: the symptom is gone, and nothing new appeared." in text
    assert (project / ".env").is_file()

    code, text = told("repair", "--undo", "last")
    assert (code, "undo move-aside" in text) == (ExitCode.PROBLEMS, True)
    assert (project / ".env").is_file()
    first = next(sessions.iterdir()).name

    code, text = at_terminal("repair", "--undo", first, "--apply")
    assert code == ExitCode.HEALTHY, text
    assert "Taken back. All is as it was before the repair." in text
    assert state_of(project) == before
    with pytest.raises(CommandError, match="was taken back in session"):
        told("repair", "--undo", first)
    assert told("session", "verify")[0] == ExitCode.HEALTHY


def test_a_wrong_answer_changes_nothing(project: Path) -> None:
    before = state_of(project)
    code, text = at_terminal("repair", CAUSE, "--environment", "development", "--apply", answer="yes")
    assert code == ExitCode.PROBLEMS
    assert "was not confirmed" in " ".join(text.split())
    assert state_of(project) == before


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_whoever_is_no_terminal_may_only_propose(told: Any, project: Path, environment: str) -> None:
    before = state_of(project)
    done = without_terminal(
        "repair", CAUSE, "--environment", environment, "--apply", "--waive", "nothing else is there"
    )
    assert done.returncode == ExitCode.PROBLEMS, done.stderr
    assert "by a person at a terminal, and there is none" in done.stderr
    assert state_of(project) == before
    assert re.search(r"The plan is proposed in \d{8}-[0-9a-f]{8}, which a person names", done.stderr)


def test_what_was_proposed_is_approved_and_carried_out_by_a_person_and_not_without(told: Any, project: Path) -> None:
    done = without_terminal("repair", CAUSE, "--environment", "staging", "--apply")
    name = re.search(r"proposed in (\S+),", done.stderr)[1]
    shown = told("session", "show", name)[1]
    digest = re.search(r"plan ([0-9a-f]{12}), proposed by agent sickbay", shown)[1]
    assert at_terminal("session", "approve", name, digest)[0] == ExitCode.HEALTHY

    applied = ("repair", CAUSE, "--session", name, "--apply")
    assert without_terminal(*applied).returncode == ExitCode.PROBLEMS
    assert (project / ".env").is_dir()
    code, text = at_terminal(*applied)  # approved already: nobody is asked again
    assert code == ExitCode.HEALTHY, text
    assert "to approve it" not in text
    assert (project / ".env").is_file()


def test_what_is_unsaid_is_production_and_wants_a_trial(told: Any, project: Path) -> None:
    assert "tried        tried nowhere" in told("repair", CAUSE)[1]
    with pytest.raises(CommandError, match="passed nowhere else"):
        told("repair", CAUSE, "--apply")
    assert (project / ".env").is_dir()


def test_a_dry_run_in_a_session_is_on_record_and_proposes(told: Any) -> None:
    told("session", "start", "web", "--environment", "staging")
    text = told("repair", CAUSE, "--session", "last")[1]
    assert "Proposed in session last." in text
    shown = told("session", "show", "last")[1]
    assert "repair (6 of 11)" in shown
    assert "proposed by agent sickbay" in shown
    with pytest.raises(CommandError, match="which is staging"):
        told("repair", CAUSE, "--session", "last", "--environment", "development")


def test_where_there_is_nothing_to_repair_nothing_is_planned(told: Any, project: Path) -> None:
    (project / ".env").rename(project / "elsewhere")
    (project / ".env").write_text("PORT=1\n")
    code, text = told("repair", CAUSE)
    assert (code, "This is not the cause" in text) == (ExitCode.HEALTHY, True)


def test_a_condition_to_escalate_is_obeyed(told: Any, project: Path) -> None:
    (project / ".env.aside").mkdir()
    code, text = told("repair", CAUSE)
    assert code == ExitCode.PROBLEMS
    assert "A person must take over." in text
    assert "Something lies where the directory would be moved to" in " ".join(text.split())
    assert "step 1" not in text


def test_a_cause_that_no_program_repairs_says_what_a_person_does(told: Any) -> None:
    code, text = told("repair", "db-access-rejected-hba")
    assert code == ExitCode.PROBLEMS
    assert "A person must take over." in text
    assert "step 1" not in text


def test_what_may_never_be_changed_is_refused_in_the_dry_run(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = WrittenStep(name="log", does=("mv a /var/log/never.log",), undo=("mv /var/log/never.log a",))
    use_guide(tmp_path, monkeypatch, written(MAKE, log))
    with pytest.raises(CommandError, match="which is log and stays as it is"):
        told("repair", "conf-missing")
    data = WrittenStep(name="data", does=("psql --command 'create index i on t (a)'",), undo=("psql --list",))
    (tmp_path / "guides" / "conf-missing.md").write_text(written(MAKE, data))
    with pytest.raises(CommandError, match="production data is never changed"):
        told("repair", "conf-missing")


def test_inputs_are_checked_and_filled_in(told: Any, project: Path) -> None:
    (project / ".env").rename(project / "conf")
    text = told("repair", CAUSE, "--input", "ENV_FILE=conf", "--input", "ASIDE=conf.aside")[1]
    assert "mv conf conf.aside" in text
    for bad in ("ENV_FILE=a b", "ENV_FILE=-rf"):
        code, text = told("repair", CAUSE, "--input", bad)
        assert code == ExitCode.NOT_MEASURED, text
    for bad in ("NOSUCH=1", "ENV_FILE"):
        with pytest.raises(CommandError, match=r"has no input|is not like"):
            told("repair", CAUSE, "--input", bad)


def test_a_secret_input_is_masked_wherever_it_is_shown_or_kept(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = WrittenStep(name="told", does=("grep -q $TOKEN a", "mv a b"), undo=("mv b a",))
    use_guide(tmp_path, monkeypatch, written(MAKE, step))
    (tmp_path / "token").write_text("s3cr3tvalue\n")
    text = told("repair", "conf-missing", "--environment", "staging", "--input", f"TOKEN=@{tmp_path}/token")[1]
    assert "grep -q '[secret:TOKEN]' a" in text
    assert "s3cr3tvalue" not in text


def test_signatures_of_a_log_count(told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = written(MAKE).replace("when: not conf-there", "when: told and not conf-there")
    use_guide(tmp_path, monkeypatch, guide)
    code, text = told("repair", "conf-missing")
    assert (code, "no log was given" in text) == (ExitCode.NOT_MEASURED, True)
    (tmp_path / "log").write_text("widgetd: cannot open app.conf\n")
    assert "cp app.conf.example app.conf" in told("repair", "conf-missing", "--log", str(tmp_path / "log"))[1]


def test_the_list_names_the_mildest_first(told: Any) -> None:
    code, text = told("repair", "--list")
    lines = text.splitlines()
    assert code == ExitCode.HEALTHY
    assert lines.index(next(line for line in lines if line.startswith("env-file-missing"))) < lines.index(
        next(line for line in lines if line.startswith("env-file-is-directory"))
    )


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (CAUSE, "--list"),
        (CAUSE, "--undo", "last"),
        ("--undo", "last", "--session", "last"),
        ("no-such-cause",),
        (CAUSE, "--folder", "nowhere"),
    ],
)
def test_wrong_use_is_said(told: Any, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        told("repair", *arguments)
    assert refused.value.code == ExitCode.WRONG_USE


def test_an_interrupt_at_the_terminal_takes_back_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    slow = WrittenStep(name="slow", does=("python3 -B slow.py",), undo=("test -e slow.py",))
    use_guide(tmp_path, monkeypatch, written(MAKE, slow, RENAME))
    (project / "slow.py").write_text(
        "import os, signal, time\nfrom pathlib import Path\n"
        "os.kill(int(Path('../pid').read_text()), signal.SIGINT)\ntime.sleep(0.2)\n"
    )
    before = state_of(project)

    code, text = at_terminal("repair", "conf-missing", "--environment", "development", "--apply")

    assert code == ExitCode.PROBLEMS
    assert "interrupted (SIGINT)" in text
    assert "Not repaired. All is as it was before." in text
    assert state_of(project) == before
