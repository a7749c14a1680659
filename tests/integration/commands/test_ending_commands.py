"""The commands that cancel, restart, and clone jobs, and what the others show of policies."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from container_manager.models import ContainerJob
from container_manager.services.expiry import expire_pending


def run(name: str, *arguments: object) -> str:
    output = io.StringIO()
    call_command(name, *map(str, arguments), stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("command", ["restart_job", "clone_job"])
def test_an_unknown_job_is_told_with_what_to_do(db, command) -> None:
    with pytest.raises(CommandError, match=r"There is no job 7\. `manage.py list_jobs` shows the jobs there are\."):
        run(command, 7)


def test_cancel_job_takes_many_ids_and_tells_of_each(store) -> None:
    waiting, running, over = store.job(), store.running(), store.ended()
    output = io.StringIO()
    with pytest.raises(CommandError, match=f"Job {over.pk} is over") as caught:
        call_command("cancel_job", over.pk, waiting.pk, running.pk, 99, stdout=output)
    assert "There is no job 99." in str(caught.value)
    assert f"Job {waiting.pk} is cancelled" in output.getvalue()
    assert f"Job {running.pk} is being cancelled" in output.getvalue()


def test_cancel_job_takes_what_jobs_have_in_common(store) -> None:
    store.job(queue="night")
    store.running(queue="night")
    assert run("cancel_job", "--queue", "night") == "1 cancelled that had not started, 1 being stopped.\n"
    assert run("cancel_job", "--queue", "night").endswith("0 being stopped, 1 asked before.\n")


@pytest.mark.parametrize("arguments", [(), (1, "--queue", "night"), ("--array", 7)])
def test_cancel_job_refuses_what_makes_no_sense(db, arguments) -> None:
    with pytest.raises(CommandError, match=r"Give either|no array 7"):
        run("cancel_job", *arguments)


def test_restart_job_tells_of_each_job(store) -> None:
    failed, completed = store.ended("failed"), store.ended()
    output = io.StringIO()
    with pytest.raises(CommandError, match="clone it"):
        call_command("restart_job", completed.pk, failed.pk, stdout=output)
    assert output.getvalue() == f"Job {failed.pk} is pending again; its next attempt is number 2.\n"


def test_clone_job_takes_changes_as_json_as_text_and_as_moments(store) -> None:
    job = store.job(memory_limit=64, host=store.host(), timeout_seconds=5)
    changes = ["memory_limit=128", "name=again and again", 'command=["echo", "x"]', "timeout_seconds=null"]
    changes += ["not_before=3600", "deadline=2099-01-01T00:00:00+00:00"]

    said = run("clone_job", job.pk, "--host", "", *(part for change in changes for part in ("--set", change)))

    clone = ContainerJob.objects.latest("pk")
    assert said == f"Job {clone.pk} is pending: a clone of job {job.pk}.\n"
    assert (clone.memory_limit, clone.name, clone.command) == (128, "again and again", ["echo", "x"])
    assert (clone.timeout_seconds, clone.host, clone.deadline.year) == (None, None, 2099)
    assert clone.not_before > job.created_at + timedelta(minutes=50)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("memory_limit", "ARGUMENT=VALUE"),
        ("memory=3", "Did you mean 'memory_limit'?"),
        ("memory_limit=lots", "memory_limit: must be a whole number"),
        ("deadline=soon", "deadline: must be a datetime"),
    ],
)
def test_clone_job_names_what_is_wrong(store, change, said) -> None:
    job = store.job()
    with pytest.raises(CommandError, match=said.replace("?", r"\?")):
        run("clone_job", job.pk, "--set", change)
    assert ContainerJob.objects.count() == 1


def test_show_job_shows_what_a_job_asks_of_the_queue_and_how_it_is_retried(store) -> None:
    job = store.job(
        queue="night",
        priority=7,
        queue_timeout_seconds=60,
        total_timeout_seconds=7200,
        retry={"max_attempts": 3, "reasons": ["oom", "lost"]},
        concurrency_key="tenant",
        concurrency_limit=2,
        host_labels={"zone": "eu"},
        stop_signal="INT",
    )
    clone = ContainerJob.objects.get(pk=int(run("clone_job", job.pk).split()[1]))
    store.attempt(clone, memory_limit_mb=96)

    shown = " ".join(run("show_job", clone.pk).split())

    for part in (
        "queue night",
        "priority 7",
        "in the queue",
        "for all attempts",
        "at most 3 attempts, after lost, oom",
        "2 of tenant",
        "zone=eu",
        "SIGINT",
        f"clone of job {job.pk}",
        "memory limit 96 MB, raised",
    ):
        assert part in shown
    plain = json.loads(run("show_job", clone.pk, "--json"))
    assert plain["retry"]["max_attempts"] == 3
    assert plain["policy"]["queue"] == "night"
    assert plain["cloned_from"] == job.pk
    assert plain["attempts"][0]["memory_limit_mb"] == 96


def test_a_job_that_waited_too_long_says_so_everywhere(store) -> None:
    job = store.job(queue_timeout_seconds=60)
    ContainerJob.objects.update(expires_at=Now())
    expire_pending()

    assert "It ended while it waited: no attempt began within 60 s." in run("explain_job", job.pk)
    assert "queue_timeout" in run("list_jobs")
    assert "ended by queue_timeout" in " ".join(run("show_job", job.pk).split())
