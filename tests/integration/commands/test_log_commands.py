"""The commands about logs and usage print what their pages show."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from container_manager.models import Attempt, ContainerJob
from container_manager.scheduling.usage_series import UsagePoint, UsageSeries
from tests.integration.stored import STARTED

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def job(store):
    job = store.ended(name="nightly", memory_limit=512, cpu_limit=2)
    store.log(job.last_attempt, ("stdout", 0, b"one\ntwo\ndisk full\nfour\n"), ("stderr", 0, b"oops\n"))
    return job


def printed(capsys, *arguments: object) -> str:
    call_command(*map(str, arguments))
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--head", "1"], "one\n"),
        (["--tail", "1", "--stream", "stdout"], "four\n"),
        (["--bytes", "4-6", "--stream", "stdout"], "two"),
        (["--since", "2020-01-01T00:00:00", "--stream", "stdout"], "one\ntwo\ndisk full\nfour\n"),
        (["--grep", "disk full"], "1:stdout:3:disk full\n"),
        (["--grep", "DISK", "-i", "-C", "1"], "1-stdout-2-two\n1:stdout:3:disk full\n1-stdout-4-four\n"),
        (["--grep", "o", "--limit", "1"], "1:stdout:1:one\n"),
    ],
)
def test_a_part_of_a_log_is_printed(job, capsys, options: list[str], expected: str) -> None:
    assert printed(capsys, "job_logs", job.pk, *options) == expected


def test_nothing_found_is_an_exit_code_of_its_own(job) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("job_logs", str(job.pk), "--grep", "nowhere")
    assert ended.value.code == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--bytes", "0-9"], "name it by --stream"),
        (["--bytes", "9-0", "--stream", "stdout"], "takes A-B"),
        (["--since", "yesterdayish"], "no moment"),
        (["--head", "1", "--tail", "1"], "not allowed with"),
        (["--grep", ""], "from 1 to 1000 characters"),
        (["--grep", "x", "--attempt", "7"], "has no attempt 7"),
    ],
)
def test_what_cannot_be_asked_is_told(job, options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("job_logs", str(job.pk), *options)


def test_use_over_time_is_drawn_within_eighty_columns_as_the_page_shows(job, capsys) -> None:
    points = [
        UsagePoint(at_seconds=n * 5.0, memory_bytes=n * 10 * 1024**2, cpu_seconds=n * 5.0 - (n < 8) * 1.0, pids=3)
        for n in range(1, 9)
    ]
    series = UsageSeries(points).packed()
    Attempt.objects.update(
        usage_series=series,
        usage_source="exact",
        peak_memory_bytes=96 * 1024**2,
        cpu_seconds=42.0,
        pids_peak=4,
        throttled_seconds=1.5,
        throttled_periods=30,
        cpu_periods=400,
        io_read_bytes=2048,
        usage_sampled=["io_read_bytes"],
    )
    shown = printed(capsys, "show_job", job.pk, "--usage")
    assert max(map(len, shown.splitlines())) <= 80
    drawn = shown[shown.index("Use of attempt") :]
    assert "  read         2.0 kB (sampled)\n" in drawn
    assert "cores        ▆▇▇▇▇▇▇█ up to 1.20\n" in drawn
    page = (DOCS / "usage.md").read_text()
    for line in (
        "peak memory  96.0 MB",
        "held back    30 of 400 periods, 1.5 s",
        "memory       ▁▂▃▄▅▆▇█ up to 80.0 MB",
    ):
        assert line in drawn
        assert line in page
    told = json.loads(printed(capsys, "show_job", job.pk, "--usage", "--json"))["usage"]
    assert [point["at_seconds"] for point in told[0]["points"]] == [n * 5.0 for n in range(1, 9)]
    assert ContainerJob.objects.get().usage_series == tuple(points)


def test_limits_are_advised_by_name_and_too_few_runs_are_told(store, capsys) -> None:
    assert "No run is over yet" in printed(capsys, "advise_limits")
    used = {
        "peak_memory_bytes": 100 * 1024**2,
        "cpu_seconds": 5.0,
        "usage_source": "exact",
        "started_at": STARTED,
        "finished_at": STARTED + timedelta(seconds=10),
        "throttled_periods": 0,
        "cpu_periods": 100,
    }
    for _ in range(20):
        store.ended(name="nightly", memory_limit=512, cpu_limit=2, attempt=used)
    store.ended(image="alone:1", attempt=used)
    shown = printed(capsys, "advise_limits")
    nightly = next(line for line in shown.splitlines() if line.startswith("nightly"))
    assert nightly.split() == [
        "nightly",
        "20",
        "100",
        "MB",
        "512",
        "→",
        "128",
        "MB",
        "high",
        "0.5",
        "0%",
        "2",
        "→",
        "0.7",
        "high",
    ]
    assert nightly.split() in [line.split() for line in (DOCS / "usage.md").read_text().splitlines()]
    assert "alone:1: memory: 1 of the 3 runs that it takes" in shown
    told = json.loads(printed(capsys, "advise_limits", "--image", "debian:12", "--format", "json"))
    assert [(one["image"], one["memory"]["limit_mb"]) for one in told] == [("debian:12", 128)]
    assert told[0]["memory"]["certainty"] == "high"


@pytest.mark.parametrize("page", ["logs.md", "usage.md"])
def test_the_code_of_the_pages_runs(job, page: str) -> None:
    names: dict[str, object] = {"job": job}
    for code in re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL):
        exec(code, names)
    if page == "logs.md":
        assert names["found"] == [(job.pk, b"disk full")]
        assert names["job"].log_cap_bytes == 64 * 1024**2
