"""Which errors of a database pass by themselves, so that a call is repeated."""

import time

import pytest
from django.db import DatabaseError
from django.db.utils import ConnectionHandler

from container_manager.worker.call_groups import passes_by_itself
from tests.postgresql import ROLE, PostgresServer

pytestmark = pytest.mark.django_db

_IDLE = "50ms"


@pytest.mark.postgresql
def test_the_end_of_a_transaction_that_lay_idle_passes_by_itself() -> None:
    with PostgresServer(idle_in_transaction_session_timeout=_IDLE) as server:
        engine = "django.db.backends.postgresql"
        handler = ConnectionHandler(
            {"default": {"ENGINE": engine, "HOST": str(server.folder), "NAME": ROLE, "USER": ROLE, "AUTOCOMMIT": False}}
        )
        connection = handler["default"]
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            time.sleep(0.5)
            with pytest.raises(DatabaseError) as ended:
                cursor.execute("select 1")
        connection.close()

    assert passes_by_itself(ended.value)


def test_a_mistake_in_a_query_does_not() -> None:
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    connection = handler["default"]
    with connection.cursor() as cursor, pytest.raises(DatabaseError) as wrong:
        cursor.execute("select no_such_column")
    connection.close()

    assert not passes_by_itself(wrong.value)
