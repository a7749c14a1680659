"""What a job may ask of its retries."""

from __future__ import annotations

from typing import Any

import pytest

from container_manager.lifecycle.retry import DEFAULT_RETRIED, RetryPolicy
from container_manager.lifecycle.status import FailureReason
from container_manager.request.retries import RetryFields, check_retry
from container_manager.validation.problems import Problems


def wrong(value: Any, *, memory_limit: int | None = None) -> dict[str, str]:
    problems = Problems()
    check_retry(value, problems, memory_limit=memory_limit)
    return {problem.field: f"{problem.message} {problem.fix}" for problem in problems._found}


def checked(value: Any, *, memory_limit: int | None = None) -> RetryPolicy:
    problems = Problems()
    policy = check_retry(value, problems, memory_limit=memory_limit)
    problems.raise_if_any()
    return policy


def test_a_number_is_the_number_of_attempts() -> None:
    assert checked(3) == RetryPolicy(max_attempts=3)
    assert checked(None) == RetryPolicy()


def test_a_policy_and_a_dictionary_say_the_same() -> None:
    policy = RetryPolicy(
        max_attempts=4,
        reasons=frozenset({FailureReason.EXIT_CODE, FailureReason.OOM}),
        exit_codes=frozenset({75}),
        backoff_seconds=1.0,
        oom_memory_factor=2.0,
        oom_memory_limit_mb=512,
    )
    assert checked(policy, memory_limit=64) == policy
    assert checked(policy.stored(), memory_limit=64) == policy


def test_more_memory_makes_oom_a_reason_of_its_own_accord() -> None:
    policy = checked({"max_attempts": 2, "oom_memory_factor": 2}, memory_limit=64)
    assert policy.reasons == DEFAULT_RETRIED | {FailureReason.OOM}


def test_the_dictionarys_keys_are_those_of_the_policy() -> None:
    assert set(RetryFields.__annotations__) == set(vars(RetryPolicy()))


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        (True, "retry", "not bool"),
        ("3", "retry", "not str"),
        (0, "retry['max_attempts']", "at least 1"),
        (1001, "retry['max_attempts']", "at most 1000"),
        ({"max_attempts": 2, "max_retries": 2}, "retry['max_retries']", "It counts the first attempt too."),
        ({"max_attempts": 2, "backof_seconds": 2}, "retry['backof_seconds']", "Did you mean 'backoff_seconds'?"),
        ({"reasons": ["oom"]}, "retry['max_attempts']", "is missing"),
        ({"max_attempts": 2, "reasons": []}, "retry['reasons']", "must be a list"),
        ({"max_attempts": 2, "reasons": "oom"}, "retry['reasons']", "must be a list"),
        ({"max_attempts": 2, "reasons": ["oo"]}, "retry['reasons']", "Did you mean 'oom'?"),
        ({"max_attempts": 2, "reasons": ["cancelled"]}, "retry['reasons']", "cannot mend 'cancelled'"),
        ({"max_attempts": 2, "reasons": ["deadline"]}, "retry['reasons']", "cannot mend 'deadline'"),
        ({"max_attempts": 2, "reasons": ["unsupported"]}, "retry['reasons']", "cannot mend"),
        ({"max_attempts": 2, "exit_codes": [0]}, "retry['exit_codes']", "0 is no exit code of a failure"),
        ({"max_attempts": 2, "exit_codes": [256]}, "retry['exit_codes']", "1 to 255"),
        ({"max_attempts": 2, "exit_codes": 75}, "retry['exit_codes']", "list of numbers"),
        ({"max_attempts": 2, "exit_codes": [1], "reasons": ["lost"]}, "retry['exit_codes']", "Add 'exit_code'"),
        ({"max_attempts": 2, "backoff_seconds": -1}, "retry['backoff_seconds']", "at least 0"),
        ({"max_attempts": 2, "backoff_factor": 0.5}, "retry['backoff_factor']", "at least 1"),
        ({"max_attempts": 2, "jitter": 1.5}, "retry['jitter']", "at most 1"),
        ({"max_attempts": 2, "oom_memory_factor": 2}, "retry['oom_memory_factor']", "no memory_limit"),
        ({"max_attempts": 2, "oom_memory_limit_mb": 64}, "retry['oom_memory_limit_mb']", "without oom_memory_factor"),
        ({"max_attempts": 2, "missing_images": 1}, "retry['missing_images']", "True or False"),
        ({"max_attempts": 2, "missing_images": True, "reasons": ["oom"]}, "retry['missing_images']", "Add 'image'"),
    ],
)
def test_what_is_wrong_names_its_key_and_the_fix(value: Any, field: str, said: str) -> None:
    found = wrong(value)
    assert list(found) == [field]
    assert said in found[field]


def test_the_most_memory_is_not_less_than_the_jobs_own() -> None:
    value = {"max_attempts": 2, "oom_memory_factor": 2, "oom_memory_limit_mb": 32}
    assert "less than the job's memory_limit of 64 MB" in wrong(value, memory_limit=64)["retry['oom_memory_limit_mb']"]


def test_all_wrong_keys_are_named_at_once() -> None:
    found = wrong({"tries": 3, "jitter": 7, "reasons": ["nonsense"], "exit_codes": [0]})
    assert list(found) == [
        "retry['tries']",
        "retry['jitter']",
        "retry['reasons']",
        "retry['exit_codes']",
        "retry['max_attempts']",
    ]
