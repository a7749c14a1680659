from __future__ import annotations

import re

import pytest

from container_manager.request.graph import MOST_WAITS, Upstream, Wait, check_waits
from container_manager.scheduling.policy import After
from container_manager.validation.problems import InvalidJobError, Problems


class Array:
    as_upstream = Upstream(id=3, is_array=True)


class Unsaved:
    as_upstream = Upstream(id=0)


def test_one_or_many_jobs_arrays_and_ids_are_taken_once_each() -> None:
    waits = check_waits({"after": [12, Array(), 12], "after_either": 13, "after_failure": None}, Problems())
    assert waits == (
        Wait(upstream=Upstream(id=12), after=After.SUCCESS),
        Wait(upstream=Upstream(id=3, is_array=True), after=After.SUCCESS),
        Wait(upstream=Upstream(id=13), after=After.EITHER),
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"after": "12"}, "after: must be jobs, arrays, or ids of jobs, not str. Write [job, 12]."),
        ({"after": [0]}, "after: must be jobs, arrays, or ids of jobs, not 0."),
        ({"after": [True]}, "not bool."),
        ({"after": [2**63]}, "not int."),
        ({"after_either": [Unsaved()]}, "after_either: names Unsaved that is not stored."),
        ({"after": 1, "after_failure": [1]}, "after_failure: names job 1, which after names too. Name it once"),
        ({"after": list(range(1, MOST_WAITS + 2))}, "waits for 1001 jobs, and at most 1000 are kept."),
    ],
)
def test_what_is_wrong_is_told_with_the_fix(fields, told) -> None:
    problems = Problems()
    check_waits(fields, problems)
    with pytest.raises(InvalidJobError, match=re.escape(told)):
        problems.raise_if_any()
