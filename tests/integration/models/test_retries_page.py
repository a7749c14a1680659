"""The page about retries and limits runs, and tells of every key, reason, and limit."""

from __future__ import annotations

import re
from pathlib import Path

from container_manager.lifecycle.limits import Limit
from container_manager.lifecycle.retry import DEFAULT_RETRIED, RETRIABLE, RetryPolicy
from container_manager.lifecycle.status import FailureReason

PAGE = (Path(__file__).parents[3] / "docs/retries-and-limits.md").read_text()


def test_the_code_of_the_page_runs(db) -> None:
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for code in blocks:
        exec(code, names)
    assert len(blocks) == 5


def test_every_key_of_a_policy_has_a_line_and_its_default() -> None:
    lines = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE))
    policy = vars(RetryPolicy())
    assert policy.keys() <= lines.keys()
    for name in ("backoff_seconds", "backoff_factor", "max_backoff_seconds", "jitter"):
        assert float(lines[name]) == policy[name]


def test_every_reason_stands_where_it_belongs() -> None:
    table = PAGE[PAGE.index("| reason | retried |") : PAGE.index("In the transaction")]
    rows = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()[2:] if row]
    always, if_transient, oom, named, never = (frozenset(map(FailureReason, row)) for row in rows)
    assert always | if_transient == DEFAULT_RETRIED
    assert oom | named == RETRIABLE - DEFAULT_RETRIED
    assert never == set(FailureReason) - RETRIABLE


def test_every_limit_is_told() -> None:
    for limit in Limit:
        assert f"`{limit.reason.value}` |" in PAGE
