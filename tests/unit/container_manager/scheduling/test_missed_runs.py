from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from container_manager.scheduling.missed_runs import LATE_AFTER, MissedRuns, plan

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMES = [NOON - timedelta(hours=hours) for hours in (2, 1, 0)]


def _wanted(now: datetime, policy: MissedRuns, times: list[datetime] = TIMES) -> list[bool]:
    return [due.is_wanted for due in plan(times, now, policy)]


@pytest.mark.parametrize(
    ("policy", "in_time", "late"),
    [
        (MissedRuns.SKIP, [False, False, True], [False, False, False]),
        (MissedRuns.LATEST, [False, False, True], [False, False, True]),
        (MissedRuns.ALL, [True, True, True], [True, True, True]),
    ],
)
def test_what_is_made_up_for(policy, in_time, late) -> None:
    assert _wanted(NOON + LATE_AFTER, policy) == in_time
    assert _wanted(NOON + LATE_AFTER + timedelta(seconds=1), policy) == late


@pytest.mark.parametrize("policy", MissedRuns)
def test_a_time_that_has_just_come_is_never_missed(policy) -> None:
    assert _wanted(NOON, policy, [NOON]) == [True]
    assert _wanted(NOON, policy, []) == []
