"""A few schedules of the fuzzer, with fixed seeds; and what it promises of its seeds."""

import pytest

from tests.crash.conftest import KINDS
from tests.crash.fuzz import fuzz
from tests.crash.fuzz_schedule import DatabaseKind, schedule


def test_random_kills_freezes_and_cuts_lose_and_double_nothing(database_kind: DatabaseKind) -> None:
    wanted = [schedule(2026, number, database=database_kind, executor="process") for number in range(10)]

    tally = fuzz(wanted, database=database_kind, lanes=3)

    assert tally.carried_out == 10
    assert [failure.schedule.name for failure in tally.failures] == []


@pytest.mark.docker
@pytest.mark.root
@pytest.mark.matrix
@pytest.mark.parametrize("kind", KINDS)
def test_random_deeds_to_an_engine_lose_and_double_nothing(kind: DatabaseKind) -> None:
    wanted = [schedule(2026, number, database=kind, executor="docker") for number in range(10)]

    assert fuzz(wanted, database=kind, executor="docker", lanes=2).failures == []


def test_the_same_seed_gives_the_same_schedule() -> None:
    again = [schedule(7, 17, database="postgresql", executor="docker") for _ in range(2)]

    assert str(again[0]) == str(again[1])
    assert str(again[0]) != str(schedule(7, 18, database="postgresql", executor="docker"))
