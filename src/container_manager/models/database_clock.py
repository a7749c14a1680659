"""The database's clock: one for all who submit and all who work."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connections


def database_now(alias: str) -> datetime:
    """Return the time as this database tells it."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return datetime.now(UTC)  # SQLite runs in this process and reads the same clock
    with connection.cursor() as cursor:
        cursor.execute("SELECT STATEMENT_TIMESTAMP()")
        moment: datetime = cursor.fetchone()[0]
    return moment
