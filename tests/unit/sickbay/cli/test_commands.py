"""The command line as a user runs it: real processes, real pipes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SICK_LINE = 'OCI runtime create failed: exec: "nosuch": executable file not found in $PATH: unknown'
SICK = f"{SICK_LINE}\n"
SICKBAY = [sys.executable, "-m", "sickbay"]


def _run(*arguments: str, given: str | bytes = "", **options: Any) -> subprocess.CompletedProcess[str]:
    """Run ``sickbay`` with something on its standard input."""
    raw = given if isinstance(given, bytes) else given.encode()
    done = subprocess.run([*SICKBAY, *arguments], input=raw, capture_output=True, check=False, **options)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _batch(*cases: object) -> subprocess.CompletedProcess[str]:
    lines = [case if isinstance(case, str) else json.dumps(case) for case in cases]
    return _run("diagnose", "--batch", "-", given="\n".join(lines))


def test_a_problem_is_told_with_its_place_and_what_helps(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_text("starting\n" + SICK)
    done = _run("diagnose", str(log))
    assert done.returncode == 1
    assert "text:2" in done.stdout
    assert "container-command-not-found" in done.stdout
    assert "sickbay guide show command-not-found" in done.stdout
    assert done.stderr == ""


def test_no_line_is_wider_than_80_columns_and_none_is_colored_in_a_pipe() -> None:
    done = _run("diagnose", given="x" * 300 + "\n" + SICK, env={**os.environ, "COLUMNS": "80"})
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_a_text_can_be_piped_in(arguments: tuple[str, ...]) -> None:
    assert _run("diagnose", *arguments, given=SICK).returncode == 1


def test_a_healthy_text_is_one_line_and_exit_code_0() -> None:
    done = _run("diagnose", given="all is well\n")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)


def test_json_stands_alone_on_standard_output() -> None:
    report = json.loads(_run("diagnose", "--format", "json", given=SICK).stdout)
    assert report["verdicts"][0]["cause"] == "container-command-not-found"
    assert report["unknown"] is False


def test_a_context_goes_with_the_text(tmp_path: Path) -> None:
    context = tmp_path / "facts.json"
    context.write_text('{"exit_code": 137, "oom_killed": true, "of_no_use": []}')
    done = _run("diagnose", "--context", str(context), given="working\n")
    assert done.returncode == 1
    assert "container-oom-killed" in done.stdout


def test_what_is_only_possible_is_a_warning() -> None:
    done = _run("diagnose", given="sh: nosuch: not found\n")
    assert done.returncode == 2
    assert "possible · container-command-not-found" in done.stdout


def test_something_wrong_that_no_guide_knows_is_exit_code_3_with_what_was_looked_at(tmp_path: Path) -> None:
    context = tmp_path / "facts.json"
    context.write_text('{"job_status": "failed"}')
    done = _run("diagnose", "--context", str(context), given="quux\n")
    assert done.returncode == 3
    assert "job_status = failed" in done.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "JSON"), ('{"exit_code": "one"}', "exit_code"), ("[]", "object"), ("\xff", "facts.json")],
)
def test_a_broken_context_is_wrong_use(tmp_path: Path, content: str, told: str) -> None:
    context = tmp_path / "facts.json"
    context.write_bytes(content.encode("latin-1"))
    done = _run("diagnose", "--context", str(context), given=SICK)
    assert (done.returncode, done.stdout) == (4, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("diagnose", "/no/such/file"),
        ("diagnose", "/"),
        ("diagnose", "--format", "xml"),
        ("diagnose", "--job", "1", "--batch", "-"),
        ("diagnose", "--batch", "/no/such/file"),
        ("heal",),
        ("--nonsense",),
        ("guide", "show", "no-such-guide"),
        ("guide", "lint", "/no/such/file"),
        (),
    ],
)
def test_wrong_use_is_exit_code_4_with_a_hint_and_nothing_on_standard_output(arguments: tuple[str, ...]) -> None:
    done = _run(*arguments)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_to_diagnose_at_a_terminal_says_how_to_use_it() -> None:
    controller, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [*SICKBAY, "diagnose"], stdin=terminal, capture_output=True, text=True, check=False, timeout=60
        )
    finally:
        os.close(controller)
        os.close(terminal)
    assert done.returncode == 4
    assert "sickbay diagnose job.log" in done.stderr


def test_passwords_in_urls_are_shown_nowhere() -> None:
    text = "connecting to postgres://app:hunter2@db/app ; sh: x: not found"
    for form in ("text", "json"):
        assert "hunter2" not in _run("diagnose", "--format", form, given=text).stdout
    assert "hunter2" not in _batch({"id": "a", "text": text}).stdout


def test_the_last_lines_and_facts_of_the_unknown_and_complaints_show_no_password(tmp_path: Path) -> None:
    url = "postgres://app:hunterpw@db/app"
    context = tmp_path / "facts.json"
    context.write_text(json.dumps({"exit_code": 3, "command": f"frob {url}"}))
    for form in ("text", "json"):
        done = _run("diagnose", "--format", form, "--context", str(context), given=f"quux {url}\n")
        assert done.returncode == 3
        assert "[password]" in done.stdout
        assert "hunterpw" not in done.stdout
    context.write_text(json.dumps({"exit_code": url}))
    complaint = _run("diagnose", "--context", str(context), given=SICK)
    assert (complaint.returncode, complaint.stdout) == (4, "")
    assert "hunterpw" not in complaint.stderr
    assert "hunterpw" not in _batch({"id": "a", "text": "", "context": {"exit_code": url}}).stderr


def test_a_batch_stays_json_where_a_secret_ends_a_line() -> None:
    text = "Error response from daemon: no basic auth credentials; tried authorization: first hunter2 then nothing"
    answer = json.loads(_batch({"id": "password=hunter2", "text": text, "context": {"exit_code": 1}}).stdout)
    assert "hunter2" not in json.dumps(answer)
    assert answer["verdicts"][0]["evidence"][0]["line"] == 1


def test_a_batch_answers_each_case_in_its_order() -> None:
    done = _batch(
        {"id": "sick", "text": SICK, "context": {"exit_code": 127, "color": "blue"}},
        {"id": "well", "text": "fine", "context": {"exit_code": 0}},
        {"id": 7, "text": "quux", "context": {"job_status": "failed"}},
    )
    sick, well, odd = map(json.loads, done.stdout.splitlines())
    assert (sick["id"], sick["verdicts"][0]["cause"]) == ("sick", "container-command-not-found")
    assert {"source": "text", "line": 1, "text": SICK_LINE} in sick["verdicts"][0]["evidence"]
    assert set(sick["verdicts"][0]) == {"cause", "certainty", "evidence"}
    assert well == {"id": "well", "verdicts": []}
    assert odd == {"id": 7, "verdicts": [{"cause": "unknown", "certainty": "unknown", "evidence": []}]}
    assert done.returncode == 0


@pytest.mark.parametrize(
    "broken",
    [
        '{"id": ',
        "[1]",
        '{"id": "x"}',
        '{"id": "x", "text": 5}',
        '{"id": "x", "text": "", "context": {"exit_code": []}}',
    ],
)
def test_a_broken_case_is_named_by_its_line_and_the_others_go_on(broken: str) -> None:
    done = _batch({"id": "a", "text": SICK}, broken, "", {"id": "b", "text": SICK})
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a", "b"]
    assert done.stderr.startswith("sickbay: line 2 is no case: ")
    assert done.stderr.count("\n") == 1
    assert done.returncode == 4


def test_a_case_that_is_not_quite_utf_8_or_has_facts_alone_is_answered() -> None:
    cases = [
        b'{"id": "byte", "text": "caf\xe9\\nsh: x: not found"}',
        b'{"id": "half", "text": "\\ud800\\nsh: x: not found"}',
        b'{"id": "facts", "context": {"oom_killed": "true", "exit_code": "137"}}',
    ]
    command = [*SICKBAY, "diagnose", "--batch", "-"]
    done = subprocess.run(command, input=b"\n".join(cases), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["verdicts"][0]["cause"] for line in done.stdout.splitlines()] == [
        "container-command-not-found",
        "container-command-not-found",
        "container-oom-killed",
    ]


def test_a_batch_answers_before_the_next_case_is_given() -> None:
    with subprocess.Popen(
        [*SICKBAY, "diagnose", "--batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for name in ("a", "b"):
            process.stdin.write(json.dumps({"id": name, "text": SICK}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == name
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_reader_that_stops_reading_is_no_error() -> None:
    cases = "\n".join(json.dumps({"id": number, "text": SICK}) for number in range(2000))
    script = f"'{sys.executable}' -m sickbay diagnose --batch - | head -n 1"
    done = subprocess.run(["sh", "-c", script], input=cases, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["id"] == 0
    assert done.stderr == ""


def test_an_interrupt_is_no_traceback() -> None:
    # What a shell starts in the background ignores interrupts, and its children do; a command at a terminal does not.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*SICKBAY, "diagnose", "--batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"id": 1, "text": SICK}).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()  # it has begun
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors


def test_any_bytes_are_a_text() -> None:
    done = _run("diagnose", given=bytes(range(256)) * 10 + b"\n" + SICK.encode())
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_the_version_is_shown() -> None:
    assert _run("--version").stdout.startswith("sickbay ")


def test_guides_are_listed_found_and_shown() -> None:
    assert "command-not-found" in _run("guide", "list").stdout
    assert "command-not-found" in _run("guide", "search", "executable", "PATH").stdout
    assert "Investigation" in _run("guide", "show", "command-not-found").stdout
    assert _run("guide", "show", "container-command-not-found").returncode == 0
    assert _run("guide", "search", "xyzzy-plugh").returncode == 1


def test_the_linter_names_what_is_wrong_and_says_so_by_its_exit_code(tmp_path: Path) -> None:
    guide = tmp_path / "odd.md"
    guide.write_text("# No front matter\n")
    done = _run("guide", "lint", str(guide))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{guide}:1: ")
    assert _run("guide", "lint").returncode == 0
