"""Draining a host, reading its history, and asking it how it is."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from container_manager.executors.base import Fingerprint
from container_manager.models import ExecutorHost
from container_manager.services.host_health import store_health
from tests.integration.stored import JobStore


def said(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_a_drained_host_is_given_nothing_until_that_is_undone(store: JobStore) -> None:
    store.host("local")
    store.running()

    assert said("drain_host", "local") == (
        "Host local is draining: it takes no new work.\n1 attempt still runs there.\n"
    )
    assert not ExecutorHost.objects.available().exists()
    assert "as before" in said("drain_host", "local")

    assert said("drain_host", "local", "--undo") == "Host local takes new work.\n"
    assert ExecutorHost.objects.available().exists()


@pytest.mark.parametrize("command", ["drain_host", "host_history"])
def test_a_host_that_is_not_there_is_told_with_the_nearest_name(store: JobStore, command: str) -> None:
    store.host("local")

    with pytest.raises(CommandError, match=r"No host is called 'lokal'\. Did you mean 'local'\?"):
        call_command(command, "lokal")


def test_the_history_shows_the_changes_newest_first(store: JobStore) -> None:
    host = store.host("local")
    store_health(host.pk, Fingerprint(healthy=True, detail="here", latency_seconds=0.002), None, worker="w-1")
    store_health(host.pk, Fingerprint(healthy=False, detail="connection refused"), None)

    lines = said("host_history", "local").splitlines()

    assert [line.split()[2:] for line in lines[1:]] == [
        ["not", "well", "hand", "connection", "refused"],
        ["well", "2", "ms", "w-1", "here"],
    ]
    assert [check["is_healthy"] for check in json.loads(said("host_history", "local", "--json"))] == [False, True]


def test_a_host_that_was_never_checked_says_who_does_that(store: JobStore) -> None:
    store.host("local")

    assert said("host_history", "local") == (
        "It was never checked: a worker does that (manage.py process_container_jobs).\n"
    )


@pytest.mark.django_db(transaction=True)
def test_the_model_asks_its_host_and_keeps_the_answer() -> None:
    host = ExecutorHost.objects.create(name="gone", executor_type="docker", address="unix:///nowhere/docker.sock")

    found = host.check_health()

    assert not found.is_healthy
    assert host.is_healthy is False
    assert host.health_detail == found.detail


def test_explain_job_lists_every_host_with_its_answer(store: JobStore) -> None:
    ExecutorHost.objects.create(name="small", executor_type="fake", memory_mb=256)
    ExecutorHost.objects.create(name="gone", executor_type="fake", is_active=False)
    job = store.job(memory_limit=512)

    lines = [line.split(maxsplit=1) for line in said("explain_job", str(job.pk)).splitlines()]

    assert ["small", "no: it has 256 MB of memory in all; the job asks for 512"] in lines
    assert ["gone", "no: it is switched off"] in lines
    assert [host["name"] for host in json.loads(said("explain_job", str(job.pk), "--json"))["waiting"]["hosts"]]
