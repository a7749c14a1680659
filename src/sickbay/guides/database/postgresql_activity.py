"""Looks at what the transactions of a PostgreSQL database wait for, for the guide about deadlocks."""

from __future__ import annotations

import subprocess
import sys

from sickbay.guides.database.connection_settings import named_url, run_psql

_COUNTS = """
set default_transaction_read_only = on;
select 'deadlocks ' || deadlocks from pg_stat_database where datname = current_database()
union all
select 'aborted ' || count(*) from pg_stat_activity
 where datname = current_database() and state = 'idle in transaction (aborted)'
union all
select 'waiting ' || count(*) from pg_stat_activity
 where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0
"""

_COULD_NOT_ASK = 3


def count(*, file: str, key: str) -> int:
    """Print how many deadlocks were counted, and how many transactions are aborted or wait now."""
    counted = _counted(file, key)
    sys.stdout.write(counted or "not asked\n")
    return 0 if counted else _COULD_NOT_ASK


def is_at_rest(*, file: str, key: str) -> int:
    """Print ``at rest`` where all of these are none, else what is not."""
    counted = _counted(file, key)
    if not counted:
        sys.stdout.write("not asked\n")
        return _COULD_NOT_ASK
    some = [line for line in counted.splitlines() if not line.endswith(" 0")]
    sys.stdout.write("\n".join(some or ["at rest"]) + "\n")
    return 1 if some else 0


def _counted(file: str, key: str) -> str:
    url = named_url(file, key)
    if url is None:
        return ""
    try:
        done = run_psql(url, _COUNTS)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.removeprefix("SET\n") if done.returncode == 0 else ""
