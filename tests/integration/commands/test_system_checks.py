from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import checks
from django.db import connection
from django.utils import timezone

from container_manager import checks as our_checks
from container_manager.models import Worker
from sickbay.guides.library import builtin_guides

#: What ``sickbay guide show`` takes.
GUIDES = {name for guide in builtin_guides() for name in (guide.slug, *(cause.id for cause in guide.causes))}


@contextmanager
def an_ordinary_user() -> Iterator[None]:
    """Be nobody for a moment where the tests are run by root, who may open everything."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def guide_named_by(hint: str | None) -> str:
    named = re.search(r"More: sickbay guide show (\S+)$", hint or "")
    return named.group(1) if named else ""


def found(*, deploy: bool = False, databases: list[str] | None = None) -> dict[str, str]:
    messages = checks.run_checks(include_deployment_checks=deploy, databases=databases)
    ours = [message for message in messages if (message.id or "").startswith("container_manager.")]
    for message in ours:
        assert guide_named_by(message.hint) in GUIDES, message
    return {str(message.id).removeprefix("container_manager."): f"{message.msg} {message.hint}" for message in ours}


def test_the_example_is_configured_well_and_plain_checks_ask_no_database() -> None:
    assert found() == {}


def test_each_wrong_setting_is_told(settings) -> None:
    settings.CONTAINER_MANAGER = {"concurrency": 0, "leases": 1}
    messages = checks.run_checks(tags=["container_manager"])
    assert [message.id for message in messages] == ["container_manager.E001"] * 2
    assert {guide_named_by(message.hint) for message in messages} == {"app-settings-invalid"}


def test_a_lease_that_cannot_outlast_three_heartbeats_is_told(settings) -> None:
    settings.CONTAINER_MANAGER = {"lease_seconds": 20, "heartbeat_seconds": 10}
    assert "'lease_seconds'] to 30 or more" in found()["W001"]


def test_sqlite_without_immediate_transactions_or_patience_is_told(settings, monkeypatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {})
    problems = found()
    assert set(problems) == {"W002", "W003"}
    assert all(said.endswith("sickbay guide show database-locked") for said in problems.values())


@pytest.mark.parametrize(
    ("fields", "known", "said"),
    [
        ({"executor_type": "nomad"}, "E002", "no executor is called 'nomad'"),
        ({"address": "gopher://x"}, "E003", "gopher://x"),
        ({"options": {"x": 1}}, "E003", "has no option x"),
        ({"executor_type": "process"}, "E004", "allow_unisolated"),
    ],
)
def test_a_host_that_cannot_be_used_is_told(store, fields, known, said) -> None:
    host = store.host("odd", **fields)
    problems = found(databases=["default"])
    assert set(problems) == {known}
    assert "'odd'" in problems[known]
    assert said in problems[known]
    assert "sickbay guide show app-settings-invalid" in problems[known]
    host.is_active = False
    host.save()
    assert found(databases=["default"]) == {}


def test_a_host_without_isolation_may_be_allowed_on_purpose(store, settings) -> None:
    store.host("here", executor_type="process")
    settings.CONTAINER_MANAGER = {"allow_unisolated": True}
    assert found(databases=["default"]) == {}


def test_without_a_host_every_job_stays_pending(db) -> None:
    assert "executor-host-unavailable" in found(deploy=True, databases=["default"])["W004"]


def test_a_missing_socket_is_told(store, monkeypatch, tmp_path) -> None:
    store.host()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    assert "docker-daemon-not-running" in found(deploy=True, databases=["default"])["W005"]


def test_a_socket_that_may_not_be_opened_is_told(store, monkeypatch, tmp_path) -> None:
    store.host()
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        assert "W006" not in found(deploy=True, databases=["default"])
        path.chmod(0)
        with an_ordinary_user():
            problems = found(deploy=True, databases=["default"])
        assert "docker-socket-permission-denied" in problems["W006"]


def test_jobs_that_wait_for_a_worker_are_told_until_there_is_one(store, monkeypatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine.example:2375")
    store.host()
    store.job()
    assert "queue-worker-not-running" in found(deploy=True, databases=["default"])["W007"]
    worker = Worker.objects.create(name="w", hostname="h", pid=1, concurrency=1)
    assert found(deploy=True, databases=["default"]) == {}
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
    assert set(found(deploy=True, databases=["default"])) == {"W007"}


def test_a_database_without_tables_is_left_alone(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE container_manager_worker RENAME TO elsewhere")
    assert found(deploy=True, databases=["default"]) == {}


def test_every_check_names_a_guide_that_exists(store, settings, monkeypatch, tmp_path) -> None:
    """``found`` looks at each hint; here every check that there is must have spoken."""
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {})
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")

    def spoken() -> set[str]:
        return set(found(deploy=True, databases=["default"]))

    seen = spoken()
    hosts = {
        "fine": {},
        "a": {"executor_type": "nomad"},
        "b": {"address": "gopher://x"},
        "c": {"executor_type": "process"},
    }
    for name, fields in hosts.items():
        store.host(name, **fields)
        seen |= spoken()
    store.job()
    settings.CONTAINER_MANAGER = {"lease_seconds": 20, "heartbeat_seconds": 10}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0)
        with an_ordinary_user():
            seen |= spoken()
    settings.CONTAINER_MANAGER = {"leases": 1}
    seen |= spoken()
    source = Path(our_checks.__file__).read_text(encoding="utf-8")
    assert seen == set(re.findall(r'"container_manager\.([EW]\d+)"', source))
