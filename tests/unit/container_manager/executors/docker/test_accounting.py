from __future__ import annotations

import pytest

from container_manager.executors.base import Sample, Usage, UsageSource
from container_manager.executors.docker import wire
from container_manager.executors.docker.accounting import completed, larger, sample_of, usage_of


def sample(**memory: object) -> wire.Stats:
    stats = wire.MemoryStats(**memory)  # type: ignore[arg-type]  # the fields are the tests' own
    return wire.Stats(memory_stats=stats, cpu_stats=wire.CpuStats(cpu_usage=wire.CpuUsage(total_usage=2_000_000_000)))


@pytest.mark.parametrize(
    ("memory", "peak"),
    [
        ({"usage": 100, "max_usage": 300}, 300),
        ({"usage": 100, "stats": {"inactive_file": 40}}, 60),
        ({"usage": 100}, 100),
    ],
)
def test_a_sample_gives_the_best_figure_it_has(memory: dict[str, object], peak: int):
    assert usage_of(sample(**memory)) == Usage(peak_memory_bytes=peak, cpu_seconds=2.0, source=UsageSource.SAMPLED)


def test_a_sample_of_what_does_not_run_is_none():
    assert usage_of(sample()) == Usage()


def test_of_two_samples_each_figures_larger_one_is_kept_and_unknown_is_never_zero():
    first = Usage(peak_memory_bytes=5, cpu_seconds=None, source=UsageSource.SAMPLED)
    second = Usage(peak_memory_bytes=3, cpu_seconds=1.0, source=UsageSource.SAMPLED)
    assert larger(first, second) == Usage(peak_memory_bytes=5, cpu_seconds=1.0, source=UsageSource.SAMPLED)
    assert larger(Usage(), Usage()).cpu_seconds is None


def test_an_answer_of_the_engine_gives_throttling_disks_and_processes():
    stats = wire.Stats(
        memory_stats=wire.MemoryStats(usage=100, stats={"total_inactive_file": 30}),
        cpu_stats=wire.CpuStats(
            cpu_usage=wire.CpuUsage(total_usage=2_000_000_000),
            throttling_data=wire.ThrottlingData(periods=10, throttled_periods=4, throttled_time=500_000_000),
        ),
        pids_stats=wire.PidsStats(current=3),
        blkio_stats=wire.BlkioStats(
            bytes_moved=[wire.BytesMoved(op="read", value=7), wire.BytesMoved(op="Read", value=1)]
        ),
    )
    usage = usage_of(stats)
    assert (usage.throttled_seconds, usage.throttled_periods, usage.cpu_periods) == (0.5, 4, 10)
    assert (usage.io_read_bytes, usage.io_write_bytes, usage.pids_peak) == (8, None, 3)
    assert sample_of(stats) == Sample(memory_bytes=70, cpu_seconds=2.0, pids=3)


def test_what_is_not_exact_is_completed_from_samples_and_marked():
    exact = Usage(peak_memory_bytes=9, cpu_seconds=1.0, source=UsageSource.EXACT)
    seen = Usage(peak_memory_bytes=5, pids_peak=4, source=UsageSource.SAMPLED)
    expected = Usage(
        peak_memory_bytes=9, cpu_seconds=1.0, pids_peak=4, source=UsageSource.EXACT, sampled=frozenset({"pids_peak"})
    )
    assert completed(exact, seen) == expected
