from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, ExecutorHost
from container_manager.request.job_request import InvalidJobError, check_request
from tests.integration.stored import FINISHED

REQUEST = {
    "image": "debian:12",
    "command": ["sh", "-c", "exit 3"],
    "name": "nightly ö",
    "environment": {"A": "1", "TOKEN": "hunter2"},
    "secret_names": ["TOKEN"],
    "memory_limit": 64,
    "cpu_limit": 0.5,
    "timeout_seconds": 60.5,
    "stop_grace_seconds": 1.5,
    "working_directory": "/work",
    "user": "1000:1000",
    "labels": {"team": "media"},
    "mounts": [
        {"kind": "bind", "source": "/srv/in", "target": "/in", "read_only": True},
        {"kind": "volume", "source": "cache", "target": "/cache"},
        {"kind": "tmpfs", "target": "/tmp", "size_mb": 8},
    ],
    "network": "none",
    "add_capabilities": ["NET_RAW"],
    "allow_new_privileges": True,
    "pids_limit": 10,
    "init": False,
    "read_only_root": True,
}


@pytest.mark.parametrize("request_fields", [REQUEST, {"image": "debian"}], ids=["everything", "an image"])
def test_a_stored_job_gives_back_the_request_it_was_made_from(db, request_fields) -> None:
    job = ContainerJob.objects.create_job(**request_fields)
    stored = ContainerJob.objects.get(pk=job.pk)
    assert stored.request == check_request(request_fields)
    assert stored.run_spec() == check_request(request_fields).spec


def test_a_new_job_is_pending_and_tells_that_it_was_submitted(store) -> None:
    job = store.job()
    assert job.status == Status.PENDING
    assert [(event.kind, event.status) for event in job.events.all()] == [("submitted", "pending")]


def test_a_wrong_request_stores_nothing_and_names_the_host_too(store) -> None:
    store.host("north")
    with pytest.raises(InvalidJobError) as caught:
        ContainerJob.objects.create_job(image="Debian", command="a | b", host="nroth", env={})
    assert [problem.field for problem in caught.value.problems] == ["host", "env", "image", "command"]
    assert caught.value.problems[0].fix == "Did you mean 'north'?"
    assert not ContainerJob.objects.exists()


@pytest.mark.parametrize(
    ("host", "said"),
    [("x", "There is none yet"), (5, "not int"), (ExecutorHost(name="new"), "is not saved")],
)
def test_a_host_that_cannot_be_meant_is_told(db, host, said) -> None:
    with pytest.raises(InvalidJobError, match=said):
        ContainerJob.objects.create_job(image="debian", host=host)


def test_a_host_is_named_or_given(store) -> None:
    host = store.host("north")
    assert store.job(host="north").host == host
    assert store.job(host=host).host == host


def test_the_promised_lines_run_as_printed(db, capsys) -> None:
    code = (
        "from container_manager.models import ContainerJob, ExecutorHost; "
        "print('Active Jobs:', ContainerJob.objects.active().count()); "
        "print('Available Hosts:', ExecutorHost.objects.available().count())"
    )
    call_command("shell", command=code, verbosity=0)
    assert capsys.readouterr().out == "Active Jobs: 0\nAvailable Hosts: 0\n"


def test_the_migrations_hold_every_change_of_the_models(db) -> None:
    call_command("makemigrations", "container_manager", check=True, dry_run=True, verbosity=0)


def test_jobs_are_found_by_where_they_stand(store) -> None:
    pending, running = store.job(), store.running()
    done, failed, late = (store.ended(status) for status in ("completed", "failed", "timeout"))
    jobs = ContainerJob.objects
    assert set(jobs.pending()) == {pending}
    assert set(jobs.active()) == {running}
    assert set(jobs.finished()) == {done, failed, late}
    assert set(jobs.failed()) == {failed, late}


def test_jobs_are_found_by_age_and_by_host(store) -> None:
    old, asked, tried = store.job(), store.job(host=store.host("north")), store.job()
    ContainerJob.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=3))
    store.attempt(tried, host=store.host("north"), ended_at=FINISHED)
    store.attempt(tried, host=store.host("north"))
    assert set(ContainerJob.objects.recent(hours=2)) == {asked, tried}
    assert set(ContainerJob.objects.by_host("north")) == {asked, tried}
    assert set(ContainerJob.objects.by_host(store.host("north"))) == {asked, tried}


def test_what_a_job_used_is_told_in_megabytes_and_beside_its_limits(store) -> None:
    job = store.ended(
        memory_limit=64, cpu_limit=2, attempt={"peak_memory_bytes": 48 * 1024 * 1024, "cpu_seconds": 37.5}
    )
    assert job.is_terminal
    assert job.memory_limit == 64
    assert job.peak_memory_usage == 48.0
    assert job.duration == timedelta(seconds=75)
    use = job.resource_utilization
    assert use is not None
    assert (use.memory_percent, use.average_cores) == (75.0, 0.5)


def test_a_job_without_an_attempt_has_nothing_to_tell(store) -> None:
    job = store.job()
    assert not job.is_terminal
    assert (job.duration, job.peak_memory_usage, job.resource_utilization, job.parsed_output) == (None,) * 4
    assert job.get_logs() == ""


def test_the_log_is_text_and_the_output_is_parsed(store) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b'{"a":'), ("stderr", 0, b"warn \xff\n"), ("stdout", 5, b" 1}\n"))
    assert job.get_logs() == '{"a":warn \ufffd\n 1}\n'
    assert job.get_logs("stdout") == '{"a": 1}\n'
    assert job.parsed_output == {"a": 1}


@pytest.mark.parametrize("pieces", [[("stdout", 0, b"no json")], [("stdout", 0, b"1"), ("stdout", 2, b"1")], []])
def test_output_that_is_no_json_or_was_cut_is_not_parsed(store, pieces) -> None:
    job = store.ended()
    store.log(job.last_attempt, *pieces)
    assert job.parsed_output is None


def test_the_database_keeps_a_job_from_having_two_live_attempts(store) -> None:
    job = store.running()
    with pytest.raises(IntegrityError), transaction.atomic():
        store.attempt(job)
    Attempt.objects.update(ended_at=FINISHED)
    store.attempt(job)


@pytest.mark.parametrize("changes", [{"status": "done"}, {"status": "completed"}, {"finished_at": FINISHED}])
def test_the_database_refuses_a_status_that_does_not_fit(store, changes) -> None:
    job = store.job()
    with pytest.raises(IntegrityError), transaction.atomic():
        ContainerJob.objects.filter(pk=job.pk).update(**changes)


def test_text_from_outside_is_stored_whatever_it_holds(store) -> None:
    job = store.ended("failed", attempt={"failure_message": "a\0b \ud800 c"})
    store.diagnosis(job.last_attempt, report={"verdicts": [{"title": "a\0b \udfff"}]})
    job.events.create(kind="note", status="failed", message="x\0")
    job = ContainerJob.objects.get(pk=job.pk)
    assert job.last_attempt.failure_message == "a\ufffdb \ufffd c"
    assert job.last_attempt.diagnosis.report == {"verdicts": [{"title": "a\ufffdb \ufffd"}]}
    assert job.events.get(kind="note").message == "x\ufffd"


def test_available_hosts_are_in_use_not_draining_and_not_sick(store) -> None:
    for name, fields in {
        "new": {},
        "well": {"is_healthy": True},
        "sick": {"is_healthy": False},
        "off": {"is_active": False},
        "draining": {"is_draining": True},
    }.items():
        store.host(name, **fields)
    assert [host.name for host in ExecutorHost.objects.available()] == ["new", "well"]
    assert [host.name for host in ExecutorHost.objects.all() if host.is_available] == ["new", "well"]
    assert ExecutorHost.objects.by_type("docker").count() == 5
    assert store.host("well").capacity.max_running == 4
