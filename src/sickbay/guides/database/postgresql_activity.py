"""Looks at what the transactions of a PostgreSQL database wait for, for the guide about deadlocks."""

from __future__ import annotations

import subprocess

from sickbay.guides.database.connection_settings import named_url, run_psql
from sickbay.guides.function_parts import NOT_ASKED, WELL, WRONG, answer

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


def count(*, file: str, key: str) -> int:
    """Print how many deadlocks were counted, and how many transactions are aborted or wait now."""
    counted = _counted(file, key)
    return answer(counted.strip()) if counted else answer("not asked", NOT_ASKED)


def is_at_rest(*, file: str, key: str) -> int:
    """Print ``at rest`` where all of these are none, else what is not."""
    counted = _counted(file, key)
    if not counted:
        return answer("not asked", NOT_ASKED)
    some = [line for line in counted.splitlines() if not line.endswith(" 0")]
    return answer(some or "at rest", WRONG if some else WELL)


def _counted(file: str, key: str) -> str:
    url = named_url(file, key)
    if url is None:
        return ""
    try:
        done = run_psql(url, _COUNTS)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.removeprefix("SET\n") if done.returncode == 0 else ""
