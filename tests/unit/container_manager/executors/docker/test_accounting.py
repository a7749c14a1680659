from __future__ import annotations

import pytest

from container_manager.executors.base import Usage, UsageSource
from container_manager.executors.docker import wire
from container_manager.executors.docker.accounting import larger, usage_of


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
