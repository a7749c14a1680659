"""Databases that are only read, shown on real ones."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay.safety.databases import DatabaseRefusedError, DatabaseTimeoutError, read_postgresql, read_sqlite
from tests.postgresql import ROLE, PostgresServer

FOR_EVER = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"


def _hash(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(params=["delete", "wal"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "a #1?.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute(f"pragma journal_mode = {request.param}")
    connection.execute("create table jobs (id integer primary key, name text)")
    connection.execute("insert into jobs values (1, 'one')")
    connection.execute("create index names on jobs (name)")
    connection.commit()
    connection.close()
    return path


def test_sqlite_is_read_and_stays_as_it_is(database: Path) -> None:
    before = _hash(database.parent)
    assert read_sqlite(database, "select name from jobs where id = ?", (1,), seconds=30) == [("one",)]
    assert read_sqlite(database, "pragma quick_check", seconds=30) == [("ok",)]
    assert _hash(database.parent) == before


@pytest.mark.parametrize(
    "statement",
    [
        "insert into jobs values (2, 'two')",
        "update jobs set name = 'x'",
        "delete from jobs",
        "drop table jobs",
        "create table t (x)",
        "create temp table t (x)",
        "alter table jobs add column x",
        "replace into jobs values (1, 'x')",
        "with x as (select 1) insert into jobs select 2, 'two'",
        "pragma query_only = off",
        "pragma journal_mode = delete",
        "pragma user_version = 7",
        "pragma wal_checkpoint(truncate)",
        "attach 'other.sqlite3' as other",
        "vacuum",
        "vacuum into 'copy.sqlite3'",
        "reindex",
        "analyze",
        "begin immediate",
        "savepoint s",
        "select load_extension('x')",
    ],
)
def test_sqlite_refuses_what_writes(database: Path, statement: str) -> None:
    before = _hash(database.parent)
    with pytest.raises(DatabaseRefusedError):
        read_sqlite(database, statement, seconds=30)
    assert _hash(database.parent) == before


def test_sqlite_runs_one_statement(database: Path) -> None:
    with pytest.raises(sqlite3.Error, match="one statement"):
        read_sqlite(database, "select 1; delete from jobs", seconds=30)


def test_sqlite_gives_up_in_time(database: Path) -> None:
    with pytest.raises(DatabaseTimeoutError):
        read_sqlite(database, FOR_EVER, seconds=0.1)


def test_sqlite_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_sqlite(tmp_path / "none.sqlite3", "select 1", seconds=30)
    assert list(tmp_path.iterdir()) == []


def test_sqlite_is_read_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "busy.sqlite3"
    writer = sqlite3.connect(path)
    writer.execute("pragma journal_mode = wal")
    writer.execute("create table t (x)")
    writer.execute("insert into t values (1)")
    writer.commit()
    writer.execute("insert into t values (2)")
    assert read_sqlite(path, "select x from t", seconds=30) == [(1,)]
    writer.commit()
    writer.close()


def test_what_is_no_database_is_said_as_sqlite_says_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no database at all, " * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        read_sqlite(tmp_path / "x", "select * from t", seconds=30)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        server.query("create table jobs (id int primary key, name text)")
        server.query("insert into jobs values (1, 'one')")
        server.query("create sequence numbers")
        server.query(f"grant all on jobs, numbers to {ROLE}")
        yield server


def _conninfo(server: PostgresServer, user: str = "postgres") -> str:
    return f"host={server.folder} user={user} dbname=postgres"


STATE = """
select (select array_agg(j::text order by id) from jobs j), (select last_value from numbers),
  (select array_agg(relname order by relname) from pg_class where relnamespace = 'public'::regnamespace),
  (select array_agg(rolname order by rolname) from pg_roles), (select setting from pg_settings where name = 'work_mem')
"""


def _state(server: PostgresServer) -> list[tuple[object, ...]]:
    return server.query(STATE)


@pytest.mark.postgresql
@pytest.mark.parametrize("user", ["postgres", ROLE])
def test_postgresql_is_read(server: PostgresServer, user: str) -> None:
    where = _conninfo(server, user)
    assert read_postgresql(where, "select name from jobs where id = %s", (1,), seconds=30) == [("one",)]
    assert read_postgresql(where, "show transaction_read_only", seconds=30) == [("on",)]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "statement",
    [
        "insert into jobs values (2, 'two')",
        "update jobs set name = 'x'",
        "delete from jobs",
        "truncate jobs",
        "drop table jobs",
        "create table t (x int)",
        "create role mallory superuser",
        "select * into t from jobs",
        "select * from jobs for update",
        "with x as (insert into jobs values (2, 'two') returning 1) select * from x",
        "with x as (delete from jobs returning 1) select * from x",
        "explain analyze insert into jobs values (2, 'two')",
        "select 1; commit; delete from jobs",
        "select 1; insert into jobs values (2, 'two')",
        "begin read write",
        "commit",
        "set transaction read write",
        "set session characteristics as transaction read write",
        "select set_config('transaction_read_only', 'off', false)",
        "select \"set_config\"('statement_timeout', '0', false)",
        "select U&\"set\\005fconfig\"('statement_timeout', '0', false)",
        "select nextval('numbers')",
        "select setval('numbers', 9)",
        "select pg_terminate_backend(pid) from pg_stat_activity",
        "select pg_cancel_backend(1)",
        "select pg_reload_conf()",
        "select pg_read_file('/etc/passwd')",
        "select pg_advisory_lock(1)",
        "select lo_create(0)",
        "select query_to_xml('delete from jobs', true, true, '')",
        "copy jobs to '/var/jobs'",
        "copy jobs to program 'id'",
        "do $$ begin delete from jobs; end $$",
        "call x()",
        "vacuum jobs",
        "lock table jobs",
        "notify x",
        "alter system set work_mem = '1MB'",
        "",
        "-- select\ndelete from jobs",
    ],
)
def test_postgresql_refuses_what_acts(server: PostgresServer, statement: str) -> None:
    before = _state(server)
    with pytest.raises(DatabaseRefusedError):
        read_postgresql(_conninfo(server), statement, seconds=30)
    assert _state(server) == before


@pytest.mark.postgresql
def test_postgresql_gives_up_in_time(server: PostgresServer) -> None:
    with pytest.raises(DatabaseTimeoutError):
        read_postgresql(_conninfo(server), "select pg_sleep(60)", seconds=0.2)
    with pytest.raises(DatabaseTimeoutError):
        read_postgresql(_conninfo(server), "select 1", seconds=0)
