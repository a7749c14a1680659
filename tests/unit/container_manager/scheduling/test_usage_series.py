"""However long an attempt runs, its series stays small, and no peak is thinned away."""

from __future__ import annotations

import random

import pytest

from container_manager.scheduling.usage_series import MOST_POINTS, UsagePoint, UsageSeries, busy_cores


def series_of(seconds: int, *, every: float = 5.0, peak_at: float = -1.0) -> UsageSeries:
    series, at = UsageSeries(), 0.0
    while at <= seconds:
        memory = 9_000_000 if at == peak_at else 1_000_000
        series.add(UsagePoint(at_seconds=at, memory_bytes=memory, cpu_seconds=at / 2, pids=3))
        at += every
    return series


def test_a_short_series_keeps_every_sample() -> None:
    assert [point.at_seconds for point in series_of(20).points] == [0, 5, 10, 15, 20]


@pytest.mark.parametrize("hours", [1, 24, 24 * 14])
def test_a_long_series_has_a_bounded_number_of_points_spread_over_the_whole_time(hours: int) -> None:
    points = series_of(hours * 3600, peak_at=1800.0).points
    assert MOST_POINTS / 2 <= len(points) <= MOST_POINTS
    assert points[-1].at_seconds == hours * 3600
    assert points[0].at_seconds < hours * 3600 / 50
    assert max(point.memory_bytes or 0 for point in points) == 9_000_000
    assert points[-1].cpu_seconds == hours * 1800


def test_a_full_series_is_packed_in_about_a_kilobyte_and_comes_back_the_same() -> None:
    chance = random.Random(7)
    series = UsageSeries()
    for number in range(240):
        memory = chance.randrange(10**9)
        series.add(UsagePoint(at_seconds=number * 5.0, memory_bytes=memory, cpu_seconds=number * 1.5, pids=2))
    packed = series.packed()
    assert len(packed) < 2000
    assert UsageSeries.unpacked(packed).points == series.points


def test_what_was_not_measured_stays_unknown_and_zero_stays_zero() -> None:
    series = UsageSeries([UsagePoint(at_seconds=1.5, memory_bytes=0, cpu_seconds=None, pids=None)])
    assert UsageSeries.unpacked(series.packed()).points == series.points


def test_a_series_goes_on_after_a_restart_with_its_interval() -> None:
    series = series_of(7200)
    again = UsageSeries.unpacked(series.packed())
    for at in range(7205, 20000, 5):
        for one in (series, again):
            one.add(UsagePoint(at_seconds=float(at), memory_bytes=1))
    assert len(again.points) <= MOST_POINTS
    assert abs(len(again.points) - len(series.points)) <= 1


def test_a_format_of_a_later_version_is_refused() -> None:
    with pytest.raises(ValueError, match="format 9"):
        UsageSeries.unpacked(b"\x09" + UsageSeries().packed()[1:])


def test_the_rate_of_cpu_time_is_told_between_points() -> None:
    points = [
        UsagePoint(at_seconds=at, cpu_seconds=cpu) for at, cpu in ((2.0, 1.0), (4.0, 5.0), (4.0, 5.0), (6.0, None))
    ]
    assert busy_cores(points) == [0.5, 2.0, None, None]
