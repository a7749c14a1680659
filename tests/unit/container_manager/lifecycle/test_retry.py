"""Whether a failed attempt is tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.lifecycle.retry import (
    DEFAULT_RETRIED,
    RETRIABLE,
    Failure,
    GiveUp,
    Horizon,
    RetryAt,
    RetryPolicy,
    decide,
)
from container_manager.lifecycle.status import FailureReason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = RetryPolicy(max_attempts=3, backoff_seconds=10, backoff_factor=3, max_backoff_seconds=60, jitter=0.5)
FAILURE = Failure(reason=FailureReason.EXIT_CODE, attempt=1, exit_code=3)

chances = st.floats(min_value=0, max_value=1, exclude_max=True)
memories = st.none() | st.integers(min_value=6, max_value=10**6)
policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(min_value=1, max_value=1000),
    reasons=st.frozensets(st.sampled_from(sorted(RETRIABLE)), min_size=1),
    exit_codes=st.frozensets(st.integers(min_value=1, max_value=255), max_size=3),
    backoff_seconds=st.floats(min_value=0, max_value=86_400),
    backoff_factor=st.floats(min_value=1, max_value=100),
    max_backoff_seconds=st.floats(min_value=0, max_value=86_400),
    jitter=st.floats(min_value=0, max_value=1),
    oom_memory_factor=st.floats(min_value=1, max_value=100),
    oom_memory_limit_mb=memories,
    missing_images=st.booleans(),
)
failures = st.builds(
    Failure,
    reason=st.sampled_from(FailureReason),
    attempt=st.integers(min_value=1, max_value=1001),
    exit_code=st.none() | st.integers(min_value=0, max_value=255),
    is_transient=st.booleans(),
    memory_limit_mb=memories,
)
moments = st.none() | st.datetimes(min_value=datetime(2026, 2, 1), max_value=datetime(2026, 4, 1)).map(  # noqa: DTZ001  (bounds of a strategy that adds the zone)
    lambda moment: moment.replace(tzinfo=UTC)
)
horizons = st.builds(Horizon, deadline=moments, total_ends_at=moments)


def chosen(policy: RetryPolicy = POLICY, failure: Failure = FAILURE, *, chance: float = 0.0, **ends: datetime):
    return decide(policy, failure, Horizon(**ends), now=NOW, chance=chance)


def seconds(decision: RetryAt | GiveUp) -> float:
    assert isinstance(decision, RetryAt), decision
    return (decision.at - NOW).total_seconds()


@given(policies, failures, horizons, chances)
def test_every_decision_keeps_what_its_policy_promises(
    policy: RetryPolicy, failure: Failure, horizon: Horizon, chance: float
) -> None:
    decision = decide(policy, failure, horizon, now=NOW, chance=chance)

    assert decision.why
    if isinstance(decision, GiveUp):
        return
    assert failure.attempt < policy.max_attempts
    assert failure.reason in policy.reasons
    assert NOW <= decision.at <= NOW + timedelta(seconds=policy.max_backoff_seconds)
    assert horizon.end is None or decision.at < horizon.end
    if failure.reason is not FailureReason.OOM:
        assert decision.memory_limit_mb == failure.memory_limit_mb
    elif failure.memory_limit_mb is not None:
        assert decision.memory_limit_mb is not None
        assert decision.memory_limit_mb >= failure.memory_limit_mb


@given(policies, failures, horizons, chances)
def test_what_cannot_succeed_is_never_tried_again(
    policy: RetryPolicy, failure: Failure, horizon: Horizon, chance: float
) -> None:
    everything = replace(policy, reasons=frozenset(FailureReason), max_attempts=1000)
    hopeless = replace(failure, reason=FailureReason.UNSUPPORTED, attempt=1)
    for reason in set(FailureReason) - RETRIABLE:
        assert isinstance(decide(everything, replace(hopeless, reason=reason), horizon, now=NOW, chance=chance), GiveUp)


@given(policies, failures, horizons, chances)
def test_the_same_facts_give_the_same_decision(
    policy: RetryPolicy, failure: Failure, horizon: Horizon, chance: float
) -> None:
    first, second = (decide(policy, failure, horizon, now=NOW, chance=chance) for _ in range(2))
    assert first == second


@given(policies)
def test_a_policy_is_stored_and_read_again_whole(policy: RetryPolicy) -> None:
    assert RetryPolicy.of(policy.stored()) == policy


@given(policies, chances)
def test_pauses_grow_and_stay_below_their_bound(policy: RetryPolicy, chance: float) -> None:
    pauses = [policy.pause_seconds(attempt, chance) for attempt in (1, 2, 3, 10, 1000)]
    assert pauses == sorted(pauses)
    assert pauses[0] >= 0
    assert pauses[-1] <= policy.max_backoff_seconds


def test_a_job_asks_for_one_attempt_unless_it_says_otherwise() -> None:
    assert isinstance(chosen(RetryPolicy()), GiveUp)


@pytest.mark.parametrize(("attempt", "pause"), [(1, 10), (2, 30), (3, 60), (4, 60)])
def test_the_pause_is_multiplied_after_every_attempt(attempt: int, pause: float) -> None:
    policy = replace(POLICY, max_attempts=9)
    assert seconds(chosen(policy, replace(FAILURE, attempt=attempt))) == pause


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 10), (0.5, 7.5), (0.99, 5.05)])
def test_chance_takes_up_to_the_jitters_share_of_the_pause(chance: float, pause: float) -> None:
    assert seconds(chosen(chance=chance)) == pytest.approx(pause)


def test_the_last_attempt_is_the_last() -> None:
    assert seconds(chosen(failure=replace(FAILURE, attempt=2))) == 30
    assert chosen(failure=replace(FAILURE, attempt=3)) == GiveUp(why="this was the last of 3 attempts")


@pytest.mark.parametrize("reason", sorted(set(FailureReason) - DEFAULT_RETRIED))
def test_reasons_that_the_policy_does_not_name_are_not_retried(reason: FailureReason) -> None:
    decision = chosen(failure=replace(FAILURE, reason=reason))
    assert isinstance(decision, GiveUp)
    assert reason.value in decision.why


def test_exit_codes_can_be_chosen() -> None:
    policy = replace(POLICY, exit_codes=frozenset({75}))
    assert chosen(policy) == GiveUp(why="the policy does not retry exit code 3")
    assert isinstance(chosen(policy, replace(FAILURE, exit_code=75)), RetryAt)
    assert isinstance(chosen(policy, replace(FAILURE, reason=FailureReason.LOST, exit_code=None)), RetryAt)


@pytest.mark.parametrize("reason", [FailureReason.IMAGE, FailureReason.LAUNCH_REFUSED])
def test_a_refused_launch_is_retried_only_where_the_platform_says_that_it_may_pass(reason: FailureReason) -> None:
    refused = replace(FAILURE, reason=reason, exit_code=125)
    assert isinstance(chosen(failure=refused), GiveUp)
    assert isinstance(chosen(failure=replace(refused, is_transient=True)), RetryAt)


def test_an_image_that_is_missing_is_retried_where_the_policy_says_so() -> None:
    missing = replace(FAILURE, reason=FailureReason.IMAGE)
    assert isinstance(chosen(replace(POLICY, missing_images=True), missing), RetryAt)


@pytest.mark.parametrize(
    ("limit", "most", "raised"), [(64, None, 96), (64, 80, 80), (65, None, 98), (None, None, None)]
)
def test_after_an_oom_kill_the_next_attempt_gets_more_memory(
    limit: int | None, most: int | None, raised: int | None
) -> None:
    policy = replace(POLICY, reasons=RETRIABLE, oom_memory_factor=1.5, oom_memory_limit_mb=most)
    decision = chosen(policy, Failure(reason=FailureReason.OOM, attempt=1, memory_limit_mb=limit))
    assert isinstance(decision, RetryAt)
    assert decision.memory_limit_mb == raised


def test_an_oom_kill_at_the_most_memory_is_the_end() -> None:
    policy = replace(POLICY, reasons=RETRIABLE, oom_memory_factor=1.5, oom_memory_limit_mb=80)
    decision = chosen(policy, Failure(reason=FailureReason.OOM, attempt=1, memory_limit_mb=80))
    assert decision == GiveUp(why="the policy raises the memory limit no further than 80 MB")


def test_an_oom_kill_may_be_retried_with_the_same_memory() -> None:
    failure = Failure(reason=FailureReason.OOM, attempt=1, memory_limit_mb=80)
    decision = chosen(replace(POLICY, reasons=RETRIABLE), failure)
    assert isinstance(decision, RetryAt)
    assert decision.memory_limit_mb == 80


@pytest.mark.parametrize(("left", "is_retried"), [(9.999, False), (10, False), (10.001, True)])
@pytest.mark.parametrize("limit", ["deadline", "total_ends_at"])
def test_no_attempt_begins_when_the_jobs_time_is_over(limit: str, left: float, is_retried: bool) -> None:
    decision = chosen(**{limit: NOW + timedelta(seconds=left)})
    assert isinstance(decision, RetryAt) is is_retried
