"""What is read of settings, databases, and migrations, judged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sickbay.checks import Finding, problem, unmeasured, warning, well
from sickbay.safety.outcome import NotMeasured

UNAPPLIED = "db-migration-unapplied"
CONFLICT = "db-migration-conflict"
INCONSISTENT = "db-migration-inconsistent-history"
NODE_MISSING = "db-migration-node-missing"
NO_SETTINGS = "django-settings-not-configured"

MIGRATE = "Look with python manage.py showmigrations --plan, then apply them: python manage.py migrate"

_MOST_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class StartReading:
    """How Django started: ``error`` is what kept it from it, ``place`` the line where that was raised."""

    settings: str = ""
    django: str = ""
    error: str = ""
    place: str = ""
    cause: str = ""
    unnamed: str = ""
    """Why no settings are known at all."""


@dataclass(frozen=True, kw_only=True)
class CheckMessage:
    """One message of Django's system checks."""

    id: str
    text: str
    hint: str = ""
    is_error: bool = False


class Trouble(StrEnum):
    """Why a database was not read."""

    FAILED = "failed"
    MISSING = "missing"
    DENIED = "denied"
    SLOW = "slow"
    IN_MEMORY = "in memory"
    UNKNOWN_KIND = "unknown kind"


@dataclass(frozen=True, kw_only=True)
class DatabaseReading:
    """One database of the settings: where it is, and what kept it from being read."""

    alias: str
    where: str
    version: str = ""
    trouble: Trouble | None = None
    detail: str = ""
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class MigrationReading:
    """What the migrations of one database come to. ``unapplied`` are names like ``shop.0002_price``."""

    alias: str
    applied: int = 0
    unapplied: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    inconsistent: str = ""
    node_missing: str = ""
    broken: str = ""


def judge_start(reading: StartReading) -> Finding:
    """Say whether the settings can be loaded and Django starts."""
    if reading.unnamed:
        return unmeasured(NotMeasured.UNREACHABLE, reading.unnamed)
    if not reading.error:
        return well(f"{reading.settings}, Django {reading.django}")
    return problem(
        f"Django does not start with {reading.settings}",
        evidence=tuple(line for line in (reading.error, reading.place) if line),
        advice="Correct that line, or install what it imports; python manage.py check tells the same.",
        cause=reading.cause,
    )


def judge_system_checks(messages: Sequence[CheckMessage]) -> Finding:
    """Say what Django's own checks found."""
    errors = [each for each in messages if each.is_error]
    told = errors or list(messages)
    if not told:
        return well("nothing to tell")
    count = f"{len(told)} {'error' if errors else 'warning'}{'' if len(told) == 1 else 's'}"
    evidence = _few([f"{each.id}: {each.text}" for each in told])
    advice = next((each.hint for each in told if each.hint), "Look at all of them: python manage.py check")
    if errors:
        return problem(f"Django's system checks found {count}", evidence=evidence, advice=advice)
    return warning(f"Django's system checks found {count}", evidence=evidence, advice=advice)


def judge_databases(readings: Sequence[DatabaseReading]) -> Finding:
    """Say whether every database answers. What is worst is told first."""
    sick = [each for each in readings if each.trouble in {Trouble.FAILED, Trouble.MISSING}]
    if sick:
        return _sick(sick)
    for trouble, reason in _UNMEASURED.items():
        silent = [each for each in readings if each.trouble is trouble]
        if silent:
            return unmeasured(reason, "; ".join(f"{each.alias}: {each.detail or each.where}" for each in silent))
    if not readings:
        return well("none is configured")
    return well(", ".join(_answer(each) for each in readings))


_UNMEASURED = {
    Trouble.DENIED: NotMeasured.PERMISSION,
    Trouble.SLOW: NotMeasured.TIMEOUT,
    Trouble.UNKNOWN_KIND: NotMeasured.REFUSED,
}


def _sick(sick: Sequence[DatabaseReading]) -> Finding:
    first = sick[0]
    evidence = tuple(f"{each.alias} ({each.where}): {each.detail}" for each in sick)
    if first.trouble is Trouble.MISSING:
        advice = "Correct NAME in DATABASES, or make the database: python manage.py migrate"
        return problem("The database file does not exist", evidence=evidence, advice=advice, cause=first.cause)
    advice = "Correct DATABASES in the settings, or start the server that they name."
    return problem("The database cannot be used", evidence=evidence, advice=advice, cause=first.cause)


def _answer(reading: DatabaseReading) -> str:
    if reading.trouble is Trouble.IN_MEMORY:
        return f"{reading.alias}: in memory"
    return f"{reading.alias}: {reading.version} at {reading.where}"


def judge_migrations(readings: Sequence[MigrationReading], unread: Sequence[str]) -> Finding:
    """Say whether the databases have the tables that the code expects. ``unread`` are those that were not asked."""
    for reading in readings:
        if (found := _graph_trouble(reading)) is not None:
            return found
    behind = [each for each in readings if each.unapplied]
    if behind:
        names = [name for each in behind for name in each.unapplied]
        count = f"{len(names)} migration{' is' if len(names) == 1 else 's are'} not applied"
        return problem(count, evidence=_few(names), advice=MIGRATE, cause=UNAPPLIED)
    if unread:
        detail = f"not read: {', '.join(unread)}"
        return unmeasured(NotMeasured.UNREACHABLE, detail, follows="database")
    if not readings:
        return well("there is no database that keeps them")
    return well(", ".join(f"{each.alias}: all {each.applied} applied" for each in readings))


def _graph_trouble(reading: MigrationReading) -> Finding | None:
    if reading.broken:
        advice = "Correct that file; python manage.py showmigrations tells the same."
        return problem("The migrations cannot be loaded", evidence=(reading.broken,), advice=advice)
    if reading.node_missing:
        advice = "Put the file back that others depend on, or correct their dependencies."
        return problem(
            "A migration is missing that others need",
            evidence=(reading.node_missing,),
            advice=advice,
            cause=NODE_MISSING,
        )
    if reading.conflicts:
        advice = "Join them: python manage.py makemigrations --merge"
        return problem("Migrations branch", evidence=_few(reading.conflicts), advice=advice, cause=CONFLICT)
    if reading.inconsistent:
        advice = "Compare python manage.py showmigrations --plan with the rows of django_migrations."
        return problem(
            "Migrations were applied before what they depend on",
            evidence=(reading.inconsistent,),
            advice=advice,
            cause=INCONSISTENT,
        )
    return None


def _few(lines: Sequence[str]) -> tuple[str, ...]:
    more = len(lines) - _MOST_SHOWN
    return (*lines[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else []))
