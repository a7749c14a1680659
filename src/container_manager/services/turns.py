"""Taking turns: transactions that give out counted places follow one another."""

from __future__ import annotations

from django.db import connection

#: Any number that nobody else is likely to lock by in this database.
_TURN = 7_425_229


def take_turn() -> None:
    """Wait until no other transaction that took its turn is open; SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
