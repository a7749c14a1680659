"""``sickbay report`` as a user runs it: real processes, real files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

SICK = 'starting\nOCI runtime create failed: exec: "nosuch": executable file not found in $PATH: unknown\n'
UNKNOWN_FACTS = '{"exit_code": 3}'


def _run(*arguments: str, given: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sickbay", *arguments]
    return subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=False, cwd=cwd)


def test_a_report_is_markdown_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "job.log").write_text(SICK)
    done = _run("report", "job.log", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("# The command is not found in the container")
    assert "> 2 | OCI runtime create failed" in done.stdout
    assert "sickbay diagnose job.log" in done.stdout


@pytest.mark.parametrize(
    ("text", "facts", "code"),
    [
        ("all is well\n", "{}", 0),
        (SICK, "{}", 1),
        ("sh: nosuch: not found\n", "{}", 2),
        ("quux\n", UNKNOWN_FACTS, 3),
        (SICK, "[]", 4),
    ],
)
def test_the_exit_code_says_what_was_found(tmp_path: Path, text: str, facts: str, code: int) -> None:
    context = tmp_path / "facts.json"
    context.write_text(facts)
    done = _run("report", "--context", str(context), "--format", "json", given=text)
    assert done.returncode == code
    assert (done.stdout == "") == (code == 4)
    if done.stdout:
        assert json.loads(done.stdout)["unknown"] is (code == 3)


def test_a_file_gets_the_format_that_its_name_says_and_replaces_the_old_one_whole(tmp_path: Path) -> None:
    (tmp_path / "job.log").write_text(SICK)
    (tmp_path / "junit.xml").write_text("old " * 10_000)
    done = _run("report", "job.log", "--output", "junit.xml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    (suite,) = ET.fromstring((tmp_path / "junit.xml").read_bytes())
    assert suite.get("name") == "sickbay: job.log"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.log", "junit.xml"]


@pytest.mark.parametrize("output", ["link.md", "facts.json"])
def test_what_is_reported_is_never_written_over(tmp_path: Path, output: str) -> None:
    (tmp_path / "job.log").write_text(SICK)
    (tmp_path / "link.md").symlink_to("job.log")
    (tmp_path / "facts.json").write_text(UNKNOWN_FACTS)
    done = _run("report", "job.log", "--context", "facts.json", "--output", output, cwd=tmp_path)
    assert done.returncode == 4
    assert "another file" in done.stderr
    assert (tmp_path / "job.log").read_text() == SICK
    assert (tmp_path / "facts.json").read_text() == UNKNOWN_FACTS


def test_a_text_that_was_piped_in_from_a_file_is_not_written_over_either(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_text(SICK)
    command = [sys.executable, "-m", "sickbay", "report", "--output", str(log)]
    with log.open() as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, check=False)
    assert (done.returncode, log.read_text()) == (4, SICK)


@pytest.mark.parametrize(
    "arguments",
    [
        ("job.log", "--job", "1"),
        ("job.log", "--format", "pdf"),
        ("job.log", "--output", "no/such/folder/report.md"),
        ("nowhere.log",),
    ],
)
def test_wrong_use_is_exit_code_4_and_nothing_on_standard_output(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "job.log").write_text(SICK)
    done = _run("report", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("sickbay: ")
    assert "Traceback" not in done.stderr


def test_the_place_in_sarif_is_the_file_relative_to_the_folder_that_ci_checks_out(tmp_path: Path) -> None:
    (tmp_path / "my logs").mkdir()
    log = tmp_path / "my logs" / "job.log"
    log.write_text(SICK)
    done = _run("report", str(log), "--format", "sarif", cwd=tmp_path)
    place = json.loads(done.stdout)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20logs/job.log"
    assert place["region"]["startLine"] == 2


def test_passwords_in_urls_are_shown_nowhere(tmp_path: Path) -> None:
    context = tmp_path / "facts.json"
    context.write_text(json.dumps({"exit_code": 127, "command": "load postgres://app:hunter2@db/app"}))
    done = _run("report", "--context", str(context), given=f"connecting to postgres://app:hunter2@db/app\n{SICK}")
    assert done.returncode == 1
    assert done.stdout.count("[password]") >= 3
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize(("form", "start"), [("html", "<!DOCTYPE html>"), ("junit", "<?xml ")])
def test_diagnose_writes_the_formats_of_reports_too(form: str, start: str) -> None:
    done = _run("diagnose", "--format", form, given=SICK)
    assert done.returncode == 1
    assert done.stdout.startswith(start)
    assert "container-command-not-found" in done.stdout
