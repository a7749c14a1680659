"""Django system checks: what is misconfigured, each with a hint that says what to do and where to read more.

``manage.py check`` looks at settings only, and needs no database. ``check --database default`` also looks at the
configured hosts, and ``check --deploy --database default`` at what must be running: an engine, a worker.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  (Django's own name)
from django.db import connections, router

from container_manager.conf import SETTING_NAME, AppSettings, SettingsError, app_settings, settings_problems
from container_manager.executors.base import Executor
from container_manager.executors.registry import HostConfig, UnknownExecutorError, build_executor
from container_manager.models import ContainerJob, ExecutorHost, Worker

#: A lease must outlast so many heartbeats, or a worker that is only late loses its jobs.
_HEARTBEATS_PER_LEASE = 3
_LEAST_SQLITE_TIMEOUT = 10


def _guide(slug: str) -> str:
    """Name a guide, by its slug or by one of its causes."""
    return f"More: sickbay guide show {slug}"


_SETTINGS_GUIDE = _guide("app-settings-invalid")
_SQLITE_GUIDE = _guide("database-locked")


@register("container_manager")
def check_settings(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """Check the setting of the app."""
    given = getattr(settings, SETTING_NAME, {})
    problems = settings_problems(given)
    if problems:
        hint = f"Correct the entry. {_SETTINGS_GUIDE}"
        return [Error(problem, hint=hint, id="container_manager.E001") for problem in problems]
    chosen = app_settings()
    if chosen.lease_seconds >= _HEARTBEATS_PER_LEASE * chosen.heartbeat_seconds:
        return []
    least = _HEARTBEATS_PER_LEASE * chosen.heartbeat_seconds
    return [
        Warning(
            f"A lease of {chosen.lease_seconds:g} s is shorter than {_HEARTBEATS_PER_LEASE} heartbeats of "
            f"{chosen.heartbeat_seconds:g} s: a worker that is only late loses its jobs to another.",
            hint=f"Set {SETTING_NAME}['lease_seconds'] to {least:g} or more. {_SETTINGS_GUIDE}",
            id="container_manager.W001",
        )
    ]


@register("container_manager")
def check_sqlite(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """Check that SQLite, where it holds the jobs, is set up for a worker beside the web processes."""
    database: dict[str, Any] = settings.DATABASES.get(router.db_for_write(ContainerJob), {})
    if database.get("ENGINE") != "django.db.backends.sqlite3":
        return []
    options: dict[str, Any] = database.get("OPTIONS", {})
    found: list[CheckMessage] = []
    if str(options.get("transaction_mode", "")).upper() != "IMMEDIATE":
        found.append(
            Warning(
                'SQLite\'s transactions are not immediate: under load, writes fail with "database is locked".',
                hint=f"Set OPTIONS['transaction_mode'] to 'IMMEDIATE' in DATABASES. {_SQLITE_GUIDE}",
                id="container_manager.W002",
            )
        )
    if options.get("timeout", 0) < _LEAST_SQLITE_TIMEOUT:
        found.append(
            Warning(
                "SQLite gives up soon when another process is writing.",
                hint=f"Set OPTIONS['timeout'] to {_LEAST_SQLITE_TIMEOUT} seconds or more. {_SQLITE_GUIDE}",
                id="container_manager.W003",
            )
        )
    return found


@register(Tags.database)
def check_hosts(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **_: object
) -> list[CheckMessage]:
    """Check that every host in use can be built and may be used here."""
    chosen = _readable_settings()
    if chosen is None or not _can_read(databases):
        return []
    return [problem for host in ExecutorHost.objects.filter(is_active=True) for problem in _host_problems(host, chosen)]


@register(Tags.database, deploy=True)
def check_places(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **_: object
) -> list[CheckMessage]:
    """Check that there is a host, that engines on this machine can be reached, and that a worker is there."""
    chosen = _readable_settings()
    if chosen is None or not _can_read(databases):
        return []
    hosts = list(ExecutorHost.objects.filter(is_active=True))
    sockets = {path for host in hosts if (path := _default_socket(host)) is not None}
    found = [problem for path in sorted(sockets) for problem in _socket_problems(path)]
    if not hosts:
        hint = f"Add one: ExecutorHost.objects.create(name='local'). {_guide('executor-host-unavailable')}"
        found.append(
            Warning("No executor host is in use: every job stays pending.", hint=hint, id="container_manager.W004")
        )
    return [*found, *_worker_problems(chosen)]


def _readable_settings() -> AppSettings | None:
    try:
        return app_settings()
    except SettingsError:
        return None  # E001 tells


def _can_read(databases: Iterable[str] | None) -> bool:
    """Say whether the jobs' database is to be checked and holds our tables: migrate checks before it makes them."""
    alias = router.db_for_read(ContainerJob)
    if alias not in (databases or ()):
        return False
    connection = connections[alias]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    ours = {model._meta.db_table for model in (ContainerJob, ExecutorHost, Worker)}  # noqa: SLF001  (a public API, spelled so)
    return ours <= tables


def _host_problems(host: ExecutorHost, chosen: AppSettings) -> Iterator[CheckMessage]:
    try:
        executor: Executor = build_executor(
            host.executor_type, HostConfig(name=host.name, address=host.address, options=host.options)
        )
    except UnknownExecutorError as error:
        yield Error(
            f"Host {host.name!r}: {error}.",
            hint=f"Mend its executor_type. {_SETTINGS_GUIDE}",
            id="container_manager.E002",
        )
        return
    except ValueError as error:
        hint = f"Mend its address or its options. {_SETTINGS_GUIDE}"
        yield Error(f"Host {host.name!r}: {error}.", hint=hint, id="container_manager.E003")
        return
    if not executor.capabilities.isolated and not settings.DEBUG and not chosen.allow_unisolated:
        yield Error(
            f"Host {host.name!r} ({host.executor_type}) runs jobs without isolation, which DEBUG = False refuses.",
            hint=f"Deactivate it, or allow it on purpose: {SETTING_NAME}['allow_unisolated'] = True. {_SETTINGS_GUIDE}",
            id="container_manager.E004",
        )


def _default_socket(host: ExecutorHost) -> str | None:
    """Return the socket of an engine on this machine that a host without an address means."""
    if host.executor_type != "docker" or host.address:
        return None
    address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    return address.removeprefix("unix://") if address.startswith("unix://") else None


def _socket_problems(path: str) -> Iterator[CheckMessage]:
    if not _may_be_socket(path):
        yield Warning(
            f"Docker's socket {path} is not there.",
            hint=f"Start the engine, or set DOCKER_HOST or the host's address. {_guide('docker-daemon-not-running')}",
            id="container_manager.W005",
        )
    elif not os.access(path, os.R_OK | os.W_OK):
        yield Warning(
            f"This user may not open Docker's socket {path}.",
            hint=f"Run the worker as a user who may. {_guide('docker-socket-permission-denied')}",
            id="container_manager.W006",
        )


def _may_be_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except PermissionError:
        return True  # it cannot even be looked at
    except OSError:
        return False


def _worker_problems(chosen: AppSettings) -> Iterator[CheckMessage]:
    pending = ContainerJob.objects.pending().count()
    silence = max(chosen.lease_seconds, _HEARTBEATS_PER_LEASE * chosen.heartbeat_seconds)
    if pending and not Worker.objects.alive(within_seconds=silence).exists():
        yield Warning(
            f"{pending} jobs are pending and no worker has given a sign of life for {silence:g} s.",
            hint=f"Start one: manage.py process_container_jobs. {_guide('queue-worker-not-running')}",
            id="container_manager.W007",
        )
