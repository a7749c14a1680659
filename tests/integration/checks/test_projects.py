"""Real Django projects: what is wrong with them is told, and nothing in them is changed by looking."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.utils import ConnectionHandler

from container_manager.troubleshooting.preflight import databases
from container_manager.troubleshooting.preflight.judgments import Trouble
from sickbay.checks.check import Place
from sickbay.checks.project import interpreter_of, is_django, place_of
from sickbay.checks.project_process import ask_project
from sickbay.safety.outcome import State
from tests.integration.checks.conftest import SECOND, SQLITE, Project, an_ordinary_user, made_project
from tests.postgresql import ROLE, PostgresServer


def _checks(project: Project) -> dict[str, dict[str, Any]]:
    """Ask a project as ``sickbay doctor`` does, and return what each check found."""
    done = project.doctor("--format", "json")
    assert done.stderr == ""
    return {check["check"]: check for check in json.loads(done.stdout)["checks"]}


def _state_of(checks: dict[str, dict[str, Any]], *names: str) -> list[str]:
    return [checks[name]["state"] for name in names]


def _digest(folder: Path) -> str:
    """A digest of all files below, but for what Python compiles."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(repr((str(path), path.stat().st_mtime_ns, path.read_bytes())).encode())
    return digest.hexdigest()


def test_a_healthy_project_is_well_and_not_changed_by_looking(project: Project, tmp_path: Path) -> None:
    before = _digest(tmp_path)
    checks = _checks(project)
    assert _state_of(checks, "settings", "system-checks", "database", "migrations") == ["ok"] * 4
    assert _digest(tmp_path) == before


def test_an_unapplied_migration_on_sqlite_is_named(project: Project) -> None:
    project.write("shop/migrations/0002_price.py", SECOND)
    found = _checks(project)["migrations"]
    assert (found["state"], found["cause"]) == ("fail", "db-migration-unapplied")
    assert found["evidence"] == ["shop.0002_price"]


def test_migrations_that_branch_are_told(project: Project) -> None:
    project.write("shop/migrations/0002_price.py", SECOND)
    project.write("shop/migrations/0002_weight.py", SECOND.replace("price", "weight"))
    assert _checks(project)["migrations"]["cause"] == "db-migration-conflict"


def test_a_migration_that_is_gone_is_told(project: Project) -> None:
    project.write("shop/migrations/0002_price.py", SECOND.replace("0001_initial", "0001_first"))
    assert _checks(project)["migrations"]["cause"] == "db-migration-node-missing"


def test_jobs_without_their_tables_are_not_asked_about(tmp_path: Path) -> None:
    made = made_project(tmp_path / "project", SQLITE)
    (tmp_path / "db.sqlite3").touch()
    checks = _checks(made)
    assert checks["migrations"]["cause"] == "db-migration-unapplied"
    assert [checks[name]["follows"] for name in ("workers", "hosts")] == ["migrations", "migrations"]


def test_a_database_file_that_is_absent_is_told_and_not_made(tmp_path: Path) -> None:
    made = made_project(tmp_path / "project", SQLITE)
    checks = _checks(made)
    assert (checks["database"]["state"], checks["migrations"]["follows"]) == ("fail", "database")
    assert not (tmp_path / "db.sqlite3").exists()


def test_jobs_that_wait_without_a_worker_are_a_problem(project: Project) -> None:
    assert _checks(project)["workers"]["severity"] == "warning"
    project.manage("shell", "-c", _WAITING_JOB)
    found = _checks(project)["workers"]
    assert (found["severity"], found["cause"]) == ("problem", "queue-worker-not-running")
    assert found["evidence"] == ["1 job waits to begin"]


_WAITING_JOB = """
from container_manager.models import ContainerJob
ContainerJob.objects.create_job(image="app:1", command=["true"])
"""


def test_a_worker_and_a_host_that_was_looked_at_are_well(project: Project) -> None:
    project.manage("shell", "-c", _WORKER_AND_HOST)
    assert _state_of(_checks(project), "workers", "hosts") == ["ok", "ok"]


_WORKER_AND_HOST = """
from django.utils import timezone
from container_manager.models import ExecutorHost, Worker
Worker.objects.create(name="w", hostname="here", pid=1, concurrency=1)
ExecutorHost.objects.create(name="far", address="tcp://engine.example:2375", is_healthy=True, checked_at=timezone.now())
"""


def test_a_project_without_jobs_is_not_blamed_for_having_no_worker(project: Project) -> None:
    settings = (project.folder / "shop" / "settings.py").read_text()
    project.write("shop/settings.py", f"{settings}\nINSTALLED_APPS.remove('container_manager')\n")
    assert _state_of(_checks(project), "settings", "database", "migrations", "workers", "hosts") == ["ok"] * 5


def test_an_engine_that_nobody_listens_for_is_told_of_its_host(project: Project, tmp_path: Path) -> None:
    project.manage("shell", "-c", _HOST_AT.format(address=f"unix://{tmp_path}/engine.sock"))
    found = _checks(project)["hosts"]
    assert found["severity"] == "problem"
    assert "here: no engine answers" in found["evidence"][0]


_HOST_AT = """
from container_manager.models import ExecutorHost
ExecutorHost.objects.create(name="here", address="{address}")
"""


def test_a_host_elsewhere_that_nobody_looked_at_is_inconclusive(project: Project) -> None:
    project.manage("shell", "-c", _HOST_AT.format(address="tcp://engine.example:2375"))
    assert _checks(project)["hosts"]["state"] == "inconclusive"


@pytest.mark.parametrize(
    ("line", "cause", "evidence"),
    [
        ("import of_no_package", "python-module-not-found", "of_no_package"),
        ("KEY = os.environ['SHOP_KEY_THAT_IS_NOT_SET']", "env-var-missing", "SHOP_KEY_THAT_IS_NOT_SET"),
        ("INSTALLED_APPS = ['shop', 'shop']", "django-settings-not-configured", "unique"),
        ("raise SystemExit('no license')", None, "no license"),
        ("def broken(:", "python-syntax-error", "settings.py"),
    ],
)
def test_settings_that_do_not_load_are_told_and_the_machine_is_reported(
    project: Project, line: str, cause: str | None, evidence: str
) -> None:
    settings = (project.folder / "shop" / "settings.py").read_text()
    project.write("shop/settings.py", f"{settings}\n{line}\n")
    checks = _checks(project)
    assert (checks["settings"]["state"], checks["settings"]["cause"]) == ("fail", cause)
    assert evidence in " ".join(checks["settings"]["evidence"])
    assert {checks[name]["follows"] for name in ("system-checks", "database", "migrations", "workers", "hosts")} == {
        "settings"
    }
    assert checks["memory"]["state"] == "ok"


def test_a_settings_module_that_does_not_exist_is_told(project: Project) -> None:
    elsewhere = Project(
        folder=project.folder, environment={**project.environment, "DJANGO_SETTINGS_MODULE": "shop.nowhere"}
    )
    assert _checks(elsewhere)["settings"]["cause"] == "django-settings-not-configured"


def test_what_system_checks_find_is_told_with_its_hint(project: Project) -> None:
    settings = (project.folder / "shop" / "settings.py").read_text()
    project.write("shop/settings.py", f"{settings}\nCONTAINER_MANAGER = {{'concurrency': 0}}\n")
    found = _checks(project)["system-checks"]
    assert (found["state"], "container_manager.E001" in found["evidence"][0]) == ("fail", True)


def test_passwords_of_the_settings_are_not_shown(project: Project) -> None:
    settings = (project.folder / "shop" / "settings.py").read_text()
    raising = "raise RuntimeError('cannot open postgres://shop:hunter2secret@db.example/shop')"
    project.write("shop/settings.py", f"{settings}\n{raising}\n")
    for form in ("text", "json"):
        done = project.doctor("--all", "--format", form)
        assert "RuntimeError" in done.stdout
        assert "hunter2secret" not in done.stdout + done.stderr


def test_a_project_that_hangs_is_not_measured_and_its_processes_are_ended(project: Project) -> None:
    settings = (project.folder / "shop" / "settings.py").read_text()
    child = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    note = f"open({str(project.folder / 'pid')!r}, 'w').write(str(p.pid))"
    project.write("shop/settings.py", f"{settings}\n{child}\n{note}\ntime.sleep(600)\n")
    place = Place(folder=project.folder, environment=project.environment)
    results = {result.id: result.finding for result in ask_project(place, Path(sys.executable), seconds=5)}
    assert str(results["settings"].outcome) == "not measured (timeout)"
    assert {results[name].follows for name in results if name != "settings"} == {"settings"}
    assert not _is_alive(int((project.folder / "pid").read_text()))


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_project_that_kills_its_process_is_told_as_that(project: Project) -> None:
    project.write("shop/models.py", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    found = _checks(project)["settings"]
    assert found["reason"] == "the look itself broke"
    assert "exit code -11" in found["detail"]


def test_without_django_nothing_of_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    place = place_of(tmp_path, {})
    assert place.folder == tmp_path
    assert not is_django(place)


def test_an_interpreter_without_sickbay_says_so(project: Project, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project.folder / ".venv"], check=True)
    environment = {key: value for key, value in project.environment.items() if key != "PYTHONPATH"}
    place = Place(folder=project.folder, environment=environment)
    [result] = ask_project(place, interpreter_of(place))
    assert str(result.finding.outcome) == "not measured (missing program)"
    assert "-m pip install sickbay" in result.finding.advice


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer(autovacuum="off") as started:
        yield started


def _on_postgresql(folder: Path, host: str, name: str) -> Project:
    database = {"ENGINE": "django.db.backends.postgresql", "HOST": host, "NAME": name, "USER": ROLE}
    return made_project(folder, repr(database))


@pytest.mark.postgresql
def test_an_unapplied_migration_on_postgresql_is_named_and_nothing_is_written(
    server: PostgresServer, tmp_path: Path
) -> None:
    server.create_database("doctor")
    made = _on_postgresql(tmp_path, str(server.folder), "doctor")
    made.manage("migrate", "--verbosity", "0")
    assert _state_of(_checks(made), "database", "migrations") == ["ok", "ok"]
    made.write("shop/migrations/0002_price.py", SECOND)
    before = server.query(_NEXT_TRANSACTION)
    found = _checks(made)["migrations"]
    assert (found["cause"], found["evidence"]) == ("db-migration-unapplied", ["shop.0002_price"])
    assert server.query(_NEXT_TRANSACTION) == before


#: The number that the next transaction will get that writes.
_NEXT_TRANSACTION = "select txid_snapshot_xmax(txid_current_snapshot())"


@pytest.mark.postgresql
def test_a_database_that_does_not_exist_is_told(server: PostgresServer, tmp_path: Path) -> None:
    found = _checks(_on_postgresql(tmp_path, str(server.folder), "nowhere"))["database"]
    assert found["state"] == "fail"
    assert 'database "nowhere" does not exist' in found["evidence"][0]


@pytest.mark.postgresql
def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = _checks(_on_postgresql(tmp_path / "project", str(tmp_path), "shop"))["database"]
    assert found["state"] == "fail"
    assert str(tmp_path) in found["evidence"][0]


@pytest.mark.postgresql
def test_a_server_that_hangs_is_not_measured_and_the_rest_is_reported(server: PostgresServer, tmp_path: Path) -> None:
    made = _on_postgresql(tmp_path, str(server.folder), ROLE)
    postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)
    try:
        checks = _checks(made)
    finally:
        os.kill(postmaster, signal.SIGCONT)
    assert (checks["database"]["state"], checks["database"]["reason"]) == ("not measured", "timeout")
    assert [checks[name]["follows"] for name in ("migrations", "workers", "hosts")] == ["database"] * 3
    assert _state_of(checks, "settings", "memory") == ["ok", "ok"]


@pytest.mark.postgresql
def test_rows_that_this_role_may_not_read_are_not_measured(server: PostgresServer, tmp_path: Path) -> None:
    server.create_database("guarded")
    made = _on_postgresql(tmp_path, str(server.folder), "guarded")
    made.manage("migrate", "--verbosity", "0")
    server.query("alter table django_migrations owner to postgres", "guarded")
    found = _checks(made)["migrations"]
    assert (found["state"], found["reason"]) == ("not measured", "permission")


def test_a_check_of_a_project_has_its_own_time(project: Project) -> None:
    project.write("late.py", _LATE)
    project.write("late-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    project.write("late-1.0.dist-info/entry_points.txt", "[sickbay.checks]\na_late_one = late:CHECKS\n")
    place = Place(folder=project.folder, environment=project.environment)
    results = {result.id: result.finding for result in ask_project(place, Path(sys.executable), seconds=60)}
    assert results["soon"].outcome.state is State.OK
    assert str(results["late"].outcome) == "not measured (timeout)"
    assert results["settings"].follows == "late"


_LATE = """
import time
from sickbay.checks import Check, well
def soon(place):
    return well("here")
def late(place):
    time.sleep(600)
CHECKS = [Check(id="soon", title="soon", look=soon), Check(id="late", title="late", look=late, seconds=0.5)]
"""


def test_a_project_that_complains_without_end_is_ended_in_time(project: Project) -> None:
    settings = (project.folder / "shop" / "settings.py").read_text()
    project.write("shop/settings.py", f"{settings}\nwhile True:\n    os.write(2, b'x' * 1000)\n")
    place = Place(folder=project.folder, environment=project.environment)
    [first, *_] = ask_project(place, Path(sys.executable), seconds=5)
    assert str(first.finding.outcome) == "not measured (timeout)"


@pytest.mark.root
def test_a_database_file_that_another_user_may_not_read_is_not_measured(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    path.chmod(0o600)
    connection = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}})["default"]
    with an_ordinary_user():
        found = databases._prepared(connection)
    assert found is not None
    assert found[0] is Trouble.DENIED
