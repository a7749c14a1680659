from __future__ import annotations

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.integration.stored import FINISHED


@pytest.fixture(autouse=True)
def plain_output(monkeypatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


def run(name: str, *arguments: object) -> str:
    output = io.StringIO()
    call_command(name, *map(str, arguments), stdout=output)
    return output.getvalue()


COMMANDS = ["show_job", "job_logs", "cancel_job", "explain_job"]


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_job_is_told_with_what_to_do(db, command) -> None:
    with pytest.raises(CommandError, match=r"There is no job 7\. `manage.py list_jobs` shows the jobs there are\."):
        run(command, 7)


def test_list_jobs_shows_the_newest_first(store) -> None:
    store.job(name="nightly [bold]report")
    failed = store.ended("failed", attempt={"exit_code": 127, "failure_reason": "exit_code"}, command=["foo", "a b"])
    store.diagnosis(failed.last_attempt)
    header, first, second = run("list_jobs").splitlines()
    assert header.split()[:3] == ["ID", "STATUS", "HOST"]
    assert first.split()[:3] == [str(failed.pk), "failed", "local"]
    assert "container-command-not-found" in first
    assert "debian:12 foo 'a b'" in first
    assert "nightly [bold]report" in second


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_on_a_narrow_terminal_only_what_a_job_runs_is_cut(store, monkeypatch, columns) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    job = store.ended("completed", command=["echo", "word " * 60])
    (_, line) = run("list_jobs").splitlines()
    assert line.split()[:3] == [str(job.pk), "completed", "local"]
    assert "1 min 15 s" in line
    assert line.endswith("…")
    assert len(line) <= columns


def test_list_jobs_takes_its_filters_and_prints_json_alone(store) -> None:
    store.job()
    failed = store.ended("failed", attempt={"exit_code": 3})
    (line,) = json.loads(run("list_jobs", "--status", "failed", "--host", "local", "--limit", 1, "--json"))
    assert (line["id"], line["status"], line["exit_code"]) == (failed.pk, "failed", 3)
    assert run("list_jobs", "--status", "cancelled") == "No jobs.\n"


@pytest.mark.parametrize(("arguments", "said"), [(("--status", "faild"), "'failed'"), (("--limit", 0), "at least 1")])
def test_list_jobs_refuses_what_makes_no_sense(db, arguments, said) -> None:
    with pytest.raises(CommandError, match=said):
        run("list_jobs", *arguments)


def test_show_job_shows_the_request_the_attempts_and_the_history(store) -> None:
    job = store.ended(
        "failed",
        command="sh -c 'exit 3'",
        environment={"TOKEN": "hunter2"},
        secret_names=["TOKEN"],
        memory_limit=64,
        attempt={
            "exit_code": 3,
            "peak_memory_bytes": 1024 * 1024,
            "usage_source": "exact",
            "failure_message": "\x1b[31m",
        },
    )
    shown = run("show_job", job.pk)
    for words in (
        "sh -c 'exit 3'",
        "TOKEN='[secret:TOKEN]'",
        "64 MB of memory",
        "1 min 15 s",
        "1 MB (exact)",
        "submitted",
    ):
        assert words in shown
    assert "\x1b" not in shown
    assert "hunter2" not in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_show_job_prints_json_alone(store) -> None:
    job = store.ended()
    assert json.loads(run("show_job", job.pk, "--json"))["id"] == job.pk


def test_cancel_job_says_what_becomes_of_the_job(store) -> None:
    pending, running = store.job(), store.running()
    assert run("cancel_job", pending.pk) == f"Job {pending.pk} is cancelled; it had not started.\n"
    assert "is being cancelled; its worker stops it." in run("cancel_job", running.pk)
    assert "is being cancelled already" in run("cancel_job", running.pk)
    with pytest.raises(CommandError, match=f"Job {pending.pk} is over: it was cancelled at"):
        run("cancel_job", pending.pk)


def test_job_logs_keeps_the_streams_apart_and_every_byte(store, capfdbinary) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"a\xff\0\r\n"), ("stderr", 0, b"e\n"), ("stdout", 9, b"b"))
    call_command("job_logs", str(job.pk))
    sys.stdout.flush()
    out, err = capfdbinary.readouterr()
    assert out == "a\udcff\0\r\n\n[… 4 bytes cut …]\nb".encode(errors="surrogateescape")
    assert err == b"e\n"


def test_job_logs_shows_one_stream_of_one_attempt(store) -> None:
    job = store.ended("failed")
    store.log(job.last_attempt, ("stdout", 0, b"one"), ("stderr", 0, b"e"))
    store.log(store.attempt(job, log_complete=True, ended_at=FINISHED), ("stdout", 0, b"two"))
    assert run("job_logs", job.pk, "--attempt", 1, "--stream", "stdout") == "one"
    assert run("job_logs", job.pk, "-f") == "two"
    with pytest.raises(CommandError, match="has no attempt 3: its last one is 2"):
        run("job_logs", job.pk, "--attempt", 3)


def test_explain_job_shows_the_stored_diagnosis(store) -> None:
    job = store.ended("failed", attempt={"exit_code": 127, "failure_reason": "exit_code"})
    store.diagnosis(job.last_attempt)
    shown = run("explain_job", job.pk)
    for words in ("with exit code 127", "The command does not exist in the image", "confirmed", "stderr:4"):
        assert words in shown
    for words in ("sh: foo: not found", "Install the program in the image.", "command-not-found"):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert json.loads(run("explain_job", job.pk, "--json"))["report"]["verdicts"][0]["certainty"] == "confirmed"


def test_explain_job_shows_at_least_the_cause_of_a_report_in_another_form(store) -> None:
    job = store.ended("failed", attempt={"exit_code": 1, "failure_reason": "exit_code"})
    store.diagnosis(job.last_attempt, report={"verdicts": 5}, title="Not there")
    assert "Not there (confirmed · container-command-not-found)" in run("explain_job", job.pk)


def test_explain_job_of_a_pending_job_tells_what_was_looked_at(store) -> None:
    job = store.job()
    shown = run("explain_job", job.pk)
    assert shown.startswith(f"Job {job.pk} is pending.")
    assert json.loads(run("explain_job", job.pk, "--json"))["report"]["looked_at"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda store: store.running(), "is running on local; nothing has gone wrong with it."),
        (lambda store: store.ended("completed", attempt={"exit_code": 0}), "There is nothing to explain."),
        (lambda store: store.ended("cancelled"), "It was asked for, so there is nothing to"),
        (lambda store: store.ended("failed"), "It has no diagnosis yet"),
    ],
)
def test_explain_job_says_so_where_there_is_nothing_to_explain(store, make, said) -> None:
    job = make(store)
    assert said in " ".join(run("explain_job", job.pk).split())
    assert json.loads(run("explain_job", job.pk, "--json"))["report"] is None
