"""Limits from history, and how sure they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from container_manager.scheduling.advice import MB, Certainty, Run, advise_cpu, advise_memory

RUN = Run(
    peak_memory_bytes=100 * MB,
    memory_limit_mb=512,
    cpu_seconds=5.0,
    run_seconds=10.0,
    cpu_limit=2.0,
    throttled_periods=0,
    cpu_periods=100,
    is_exact=True,
)


def test_alike_runs_in_number_give_a_sure_limit_with_headroom() -> None:
    advice = advise_memory([RUN] * 20)
    assert (advice.limit_mb, advice.certainty, advice.reasons) == (128, Certainty.HIGH, ())
    assert (advice.largest_peak_mb, advice.runs) == (100.0, 20)


@pytest.mark.parametrize(("runs", "certainty"), [(3, Certainty.LOW), (8, Certainty.MEDIUM), (20, Certainty.HIGH)])
def test_more_runs_are_surer(runs: int, certainty: Certainty) -> None:
    assert advise_memory([RUN] * runs).certainty is certainty
    assert advise_cpu([RUN] * runs).certainty is certainty


@pytest.mark.parametrize("runs", [0, 2])
def test_too_few_runs_propose_nothing_and_say_so(runs: int) -> None:
    memory, cpu = advise_memory([RUN] * runs), advise_cpu([RUN] * runs)
    assert (memory.certainty, memory.limit_mb) == (Certainty.NOT_ENOUGH_RUNS, None)
    assert (cpu.certainty, cpu.limit_cores) == (Certainty.NOT_ENOUGH_RUNS, None)
    assert f"{runs} of the 3 runs" in memory.reasons[0]


def test_sampled_peaks_get_more_headroom_and_are_less_sure() -> None:
    advice = advise_memory([replace(RUN, is_exact=False)] * 20)
    assert (advice.limit_mb, advice.certainty) == (144, Certainty.MEDIUM)
    assert "sampled" in advice.reasons[0]


def test_peaks_that_spread_get_more_headroom_and_are_less_sure() -> None:
    advice = advise_memory([RUN] * 19 + [replace(RUN, peak_memory_bytes=400 * MB)])
    assert (advice.limit_mb, advice.certainty, advice.median_peak_mb) == (608, Certainty.MEDIUM, 100.0)


def test_runs_killed_at_their_limit_ask_for_more_than_it_and_nobody_is_sure() -> None:
    killed = replace(RUN, memory_killed=True, memory_limit_mb=512, peak_memory_bytes=512 * MB)
    advice = advise_memory([RUN] * 20 + [killed] * 2)
    assert (advice.limit_mb, advice.certainty, advice.kills) == (768, Certainty.LOW, 2)
    assert advise_memory([killed] * 3).limit_mb == 768


def test_a_tiny_program_is_not_given_less_than_anything_needs() -> None:
    assert advise_memory([replace(RUN, peak_memory_bytes=1)] * 5).limit_mb == 16


def test_what_keeps_half_a_core_busy_is_given_that_and_headroom() -> None:
    advice = advise_cpu([RUN] * 20)
    assert (advice.limit_cores, advice.busy_cores, advice.throttled_share) == (0.7, 0.5, 0.0)


def test_what_is_held_back_is_given_more_than_its_limit() -> None:
    advice = advise_cpu([replace(RUN, cpu_limit=0.5, throttled_periods=40)] * 20)
    assert (advice.limit_cores, advice.throttled_share, advice.certainty) == (0.7, 0.4, Certainty.MEDIUM)
    assert "40%" in advice.reasons[0]


def test_a_limit_whose_effect_was_not_measured_is_told() -> None:
    advice = advise_cpu([replace(RUN, throttled_periods=None, cpu_periods=None)] * 20)
    assert "not measured" in advice.reasons[0]


def test_runs_that_were_not_measured_or_were_over_at_once_do_not_count() -> None:
    nothing = [replace(RUN, peak_memory_bytes=None, cpu_seconds=None)] * 50
    assert advise_memory(nothing).certainty is Certainty.NOT_ENOUGH_RUNS
    assert advise_cpu([replace(RUN, run_seconds=0.1)] * 50).certainty is Certainty.NOT_ENOUGH_RUNS
