"""The checks of a Django project, as ``sickbay doctor`` finds them behind the entry point ``sickbay.checks``.

They run one after the other in a process of the project's own. No model is imported before Django has started.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, router

from container_manager.conf import SettingsError
from container_manager.troubleshooting.preflight.databases import only_reading, read_databases, unread
from container_manager.troubleshooting.preflight.judgments import (
    Trouble,
    judge_databases,
    judge_migrations,
    judge_start,
    judge_system_checks,
)
from container_manager.troubleshooting.preflight.migrations import read_migrations
from container_manager.troubleshooting.preflight.starting import is_running, read_system_checks, started
from container_manager.troubleshooting.preflight.work_judgments import judge_hosts, judge_workers
from sickbay.checks import Check, Finding, Place, problem, unmeasured, well
from sickbay.redaction import Redactor
from sickbay.safety.outcome import NotMeasured, Outcome

_APP = "container_manager"
_NO_JOBS = f"this project has no jobs: {_APP} is not among its INSTALLED_APPS"


def _look_at_settings(_: Place) -> Finding:
    return judge_start(started())


def _look_at_system_checks(_: Place) -> Finding:
    try:
        return judge_system_checks(read_system_checks())
    except Exception as error:  # noqa: BLE001  (the checks import the project's URLs, which may raise anything)
        evidence = (f"{type(error).__name__}: {error}",)
        advice = "Look where it is raised: python manage.py check"
        return problem("Django's system checks cannot be run", evidence=evidence, advice=advice)


def _look_at_databases(_: Place) -> Finding:
    return judge_databases(read_databases())


def _look_at_migrations(_: Place) -> Finding:
    known = {each.alias: each for each in read_databases()}
    wanted = [alias for alias in dict.fromkeys((DEFAULT_DB_ALIAS, _jobs_alias())) if alias in known]
    read = [alias for alias in wanted if known[alias].trouble is None]
    lost = [alias for alias in wanted if known[alias].trouble not in {None, Trouble.IN_MEMORY}]
    return judge_migrations([read_migrations(alias) for alias in read], lost)


def _look_at_workers(_: Place) -> Finding:
    def look() -> Finding:
        from container_manager.troubleshooting.preflight.work import read_work  # noqa: PLC0415  (needs Django set up)

        return judge_workers(read_work())

    return _in_jobs_database(look)


def _look_at_hosts(place: Place) -> Finding:
    def look() -> Finding:
        from container_manager.troubleshooting.preflight.work import read_hosts  # noqa: PLC0415  (needs Django set up)

        return judge_hosts(list(read_hosts(place)))

    return _in_jobs_database(look)


def _in_jobs_database(look: Callable[[], Finding]) -> Finding:
    """Look while the jobs' database is opened to be read."""
    if not apps.is_installed(_APP):
        return well(_NO_JOBS)
    alias = _jobs_alias()
    found = next((each for each in read_databases() if each.alias == alias), None)
    if found is None or found.trouble is not None:
        return unmeasured(NotMeasured.UNREACHABLE, f"the database {alias} was not read", follows="database")
    if _is_behind(alias):
        return unmeasured(NotMeasured.UNREACHABLE, "its tables are not up to date", follows="migrations")
    try:
        with only_reading(alias):
            return look()
    except SettingsError as error:
        return unmeasured(NotMeasured.UNREACHABLE, str(error), follows="system-checks")


@cache
def _is_behind(alias: str) -> bool:
    """Whether tables of the jobs are missing, or have other columns than the code reads."""
    try:
        return any(name.startswith(f"{_APP}.") for name in read_migrations(alias).unapplied)
    except DatabaseError:
        return True


def _jobs_alias() -> str:
    if not apps.is_installed(_APP):
        return DEFAULT_DB_ALIAS
    from container_manager.models import ContainerJob  # noqa: PLC0415  (needs Django set up)

    return router.db_for_read(ContainerJob) or DEFAULT_DB_ALIAS


def _after_start(look: Callable[[Place], Finding]) -> Callable[[Place], Finding]:
    """Return a look that needs Django, and says so where it has not started."""

    def looked(place: Place) -> Finding:
        if is_running():
            try:
                return look(place)
            except DatabaseError as error:
                return unread(error)
        return unmeasured(NotMeasured.UNREACHABLE, "Django has not started", follows="settings")

    return looked


def _hidden(look: Callable[[Place], Finding]) -> Callable[[Place], Finding]:
    """Return a look whose answer has none of the secrets that the settings declare."""

    def looked(place: Place) -> Finding:
        finding = look(place)
        redactor = Redactor(_declared_secrets())
        detail, advice, *evidence = redactor.together([finding.outcome.detail, finding.advice, *finding.evidence])
        outcome = Outcome(state=finding.outcome.state, reason=finding.outcome.reason, detail=detail)
        return Finding(
            outcome=outcome,
            evidence=tuple(evidence),
            advice=advice,
            cause=finding.cause,
            severity=finding.severity,
            follows=finding.follows,
        )

    return looked


def _declared_secrets() -> dict[str, str]:
    if not is_running():
        return {}
    secrets = {"SECRET_KEY": str(settings.SECRET_KEY)}
    for alias, database in settings.DATABASES.items():
        secrets[f"{alias.upper()}_PASSWORD"] = str(database.get("PASSWORD") or "")
    return {name: value for name, value in secrets.items() if value}


#: Loading a large project takes a while, and so does looking through its URLs.
_LOADING_SECONDS = 10.0

CHECKS: tuple[Check, ...] = (
    Check(id="settings", title="Django's settings", look=_hidden(_look_at_settings), seconds=_LOADING_SECONDS),
    Check(
        id="system-checks",
        title="Django's system checks",
        look=_hidden(_after_start(_look_at_system_checks)),
        seconds=_LOADING_SECONDS,
    ),
    Check(id="database", title="the databases", look=_hidden(_after_start(_look_at_databases))),
    Check(id="migrations", title="the migrations", look=_hidden(_after_start(_look_at_migrations))),
    Check(id="workers", title="the workers", look=_hidden(_after_start(_look_at_workers))),
    Check(id="hosts", title="the executor hosts", look=_hidden(_after_start(_look_at_hosts))),
)
