"""What the end of an attempt means."""

from datetime import UTC, datetime, timedelta

import pytest

from container_manager.executors.base import Exited, LaunchRefusedError, Lost
from container_manager.lifecycle.events import CancelConfirmed, Ended, LaunchRefused, TimeLimitReached, Vanished
from container_manager.lifecycle.limits import Limit, TimeLimits
from container_manager.lifecycle.status import FailureReason
from container_manager.worker import endings
from container_manager.worker.endings import Circumstances, StopCause

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = TimeLimits(
    read_at=BEGAN,
    claimed_at=BEGAN,
    first_claimed_at=BEGAN - timedelta(seconds=100),
    start_seconds=2,
    run_seconds=5,
    total_seconds=110,
    deadline=BEGAN + timedelta(seconds=20),
)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Exited(exit_code=0), None),
        (Exited(exit_code=0, oom_killed=True), None),
        (Exited(exit_code=3), FailureReason.EXIT_CODE),
        (Exited(exit_code=150), FailureReason.EXIT_CODE),
        (Exited(exit_code=255), FailureReason.EXIT_CODE),
        (Exited(exit_code=1, oom_killed=True), FailureReason.EXIT_CODE),
        (Exited(exit_code=137), FailureReason.SIGNAL),
        (Exited(exit_code=139, signal=11), FailureReason.SIGNAL),
        (Exited(exit_code=137, oom_killed=True), FailureReason.OOM),
        (Exited(exit_code=137, signal=9, oom_killed=True), FailureReason.OOM),
    ],
)
def test_an_exit_is_read_by_its_code_its_signal_and_the_kernels_kills(
    seen: Exited, reason: FailureReason | None
) -> None:
    assert endings.exited(seen, Circumstances()).event == Ended(reason=reason)


@pytest.mark.parametrize("exit_code", [137, 143])
def test_a_signal_that_was_not_ours_means_stopped_from_outside(exit_code: int) -> None:
    ending = endings.exited(Exited(exit_code=exit_code), Circumstances(outside_signal=15))

    assert ending.event == Ended(reason=FailureReason.STOPPED_EXTERNALLY)
    assert "SIGTERM" in ending.message


def test_a_program_that_survives_a_signal_from_outside_ends_by_its_own_code() -> None:
    ending = endings.exited(Exited(exit_code=2), Circumstances(outside_signal=15))

    assert ending.event == Ended(reason=FailureReason.EXIT_CODE)


def test_what_was_stopped_at_its_limit_reached_it_even_if_it_then_ended_well() -> None:
    known = Circumstances(stopped_for=StopCause.TIME_LIMIT, limits=LIMITS)

    assert endings.exited(_ran(6, exit_code=0), known).event == TimeLimitReached()
    assert endings.exited(_ran(5, exit_code=0), known).event == TimeLimitReached()
    assert endings.exited(Exited(exit_code=0), known).event == TimeLimitReached()


def test_what_had_succeeded_before_the_stop_could_reach_it_has_succeeded() -> None:
    known = Circumstances(stopped_for=StopCause.TIME_LIMIT, limits=LIMITS)

    assert endings.exited(_ran(4.9, exit_code=0), known).event == Ended(reason=None)


@pytest.mark.parametrize(
    ("cause", "seconds", "reason"),
    [
        (StopCause.TOTAL_LIMIT, 10, FailureReason.TOTAL_TIMEOUT),
        (StopCause.DEADLINE, 20, FailureReason.DEADLINE),
    ],
)
def test_every_limit_has_its_own_reason_and_lets_what_succeeded_before_it_succeed(
    cause: StopCause, seconds: float, reason: FailureReason
) -> None:
    known = Circumstances(stopped_for=cause, limits=LIMITS)

    assert endings.exited(_ran(seconds, exit_code=0), known).event == TimeLimitReached(reason=reason)
    assert endings.exited(_ran(seconds - 0.1, exit_code=0), known).event == Ended(reason=None)
    assert endings.exited(_ran(seconds - 0.1, exit_code=143), known).event == TimeLimitReached(reason=reason)


@pytest.mark.parametrize("limit", Limit)
def test_what_never_started_in_time_says_which_time(limit: Limit) -> None:
    ending = endings.too_late(limit, LIMITS)

    assert ending.event == TimeLimitReached(reason=limit.reason)
    assert ending.message


def test_what_was_stopped_as_asked_is_cancelled_whatever_its_code() -> None:
    known = Circumstances(stopped_for=StopCause.CANCEL)

    assert endings.exited(Exited(exit_code=0), known).event == CancelConfirmed()
    assert endings.exited(Exited(exit_code=137), known).event == CancelConfirmed()


def test_a_refusal_keeps_the_platforms_words_and_code() -> None:
    error = LaunchRefusedError("no such image: typo:1", reason=FailureReason.IMAGE, exit_code=125)
    ending = endings.refused(error)

    assert ending.event == LaunchRefused(reason=FailureReason.IMAGE)
    assert (ending.message, ending.exit_code) == ("no such image: typo:1", 125)


def test_a_lost_attempt_keeps_what_is_known_of_it() -> None:
    ending = endings.vanished(Lost(detail="no such container"))

    assert (ending.event, ending.message, ending.exit_code) == (Vanished(), "no such container", None)


def _ran(seconds: float, *, exit_code: int) -> Exited:
    return Exited(exit_code=exit_code, started_at=BEGAN, finished_at=BEGAN + timedelta(seconds=seconds))
