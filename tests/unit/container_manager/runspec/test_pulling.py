from __future__ import annotations

import pytest

from container_manager.request.job_request import InvalidJobError, check_request
from container_manager.runspec.spec import PullPolicy


def test_an_image_is_pulled_where_it_is_missing_unless_the_job_says_otherwise() -> None:
    assert check_request({"image": "debian"}).spec.pull_policy is PullPolicy.MISSING
    assert check_request({"image": "debian", "pull_policy": "always"}).spec.pull_policy is PullPolicy.ALWAYS


def test_the_limit_on_silence_and_the_name_of_the_secret_are_kept() -> None:
    request = check_request({"image": "debian", "pull_timeout_seconds": 5, "registry_secret": "hub"})
    assert (request.spec.pull_timeout_seconds, request.registry_secret) == (5, "hub")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"pull_policy": "sometimes"}, "pull_policy"),
        ({"pull_policy": True}, "pull_policy"),
        ({"pull_timeout_seconds": 0}, "pull_timeout_seconds"),
        ({"registry_secret": 7}, "registry_secret"),
        ({"registry_secret": "hub", "pull_policy": "never"}, "registry_secret"),
    ],
)
def test_what_is_no_way_to_pull_is_told(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidJobError) as caught:
        check_request({"image": "debian", **fields})
    assert [problem.field for problem in caught.value.problems] == [field]
