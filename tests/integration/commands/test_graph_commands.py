"""The commands about arrays, schedules, and queues."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from container_manager.models import ContainerJob, JobSchedule
from container_manager.services.schedule_runs import run_schedule
from tests.integration.services.job_graphs import run

REQUEST = '{"image": "debian"}'


@pytest.fixture
def manage(capsys, store):
    def call(*arguments: str) -> str:
        call_command(*arguments)
        return capsys.readouterr().out

    return call


def test_an_array_is_shown_listed_and_restarted(manage) -> None:
    array = ContainerJob.objects.create_array(image="debian", size=4, max_running=2, name="render")
    first, second, third, _ = array.jobs.order_by("array_index")
    run(first)
    run(second, exit_code=1)
    run(third, exit_code=1)

    shown = manage("show_array", str(array.pk))

    assert f"Array {array.pk}  render" in shown
    assert "4, at most 2 at once" in shown
    assert "1 pending, 1 completed, 2 failed" in shown
    assert "failed         1-2" in shown
    assert f"index 1 (job {second.pk}): exit_code" in shown
    assert json.loads(manage("show_array", str(array.pk), "--json"))["failed_indexes"] == [1, 2]
    listed = json.loads(manage("list_jobs", "--array", str(array.pk), "--status", "failed", "--json"))
    assert [job["array_index"] for job in listed] == [2, 1]
    assert manage("restart_array", str(array.pk)) == f"Restarted 2 of array {array.pk}: 1-2.\n"
    assert manage("restart_array", str(array.pk)) == f"Nothing of array {array.pk} has failed.\n"


@pytest.mark.parametrize("command", ["show_array", "restart_array"])
def test_an_unknown_array_is_told(manage, command) -> None:
    with pytest.raises(CommandError, match="There is no array 7"):
        manage(command, "7")
    with pytest.raises(CommandError, match="There is no array 7"):
        manage("list_jobs", "--array", "7")


def test_a_schedule_is_added_shown_changed_disabled_and_removed(manage) -> None:
    assert manage("schedules") == "No schedules.\n"
    added = manage(
        "schedules", "add", "nightly", "--cron", "30 4 * * *", "--request", REQUEST, "--time-zone", "Asia/Tokyo"
    )
    assert "30 4 * * * in Asia/Tokyo" in added
    assert added.count("19:30:00 UTC") == 5
    assert "all" in manage("schedules", "change", "nightly", "--missed-runs", "all", "--allow-overlap")
    assert "(disabled)" in manage("schedules", "disable", "nightly")
    assert "disabled" in manage("schedules", "list")
    manage("schedules", "enable", "nightly")
    (listed,) = json.loads(manage("schedules", "list", "--json"))
    assert (listed["name"], listed["missed_runs"], listed["allow_overlap"]) == ("nightly", "all", True)
    assert "is removed" in manage("schedules", "remove", "nightly")
    assert not JobSchedule.objects.exists()


def test_what_came_of_a_schedules_times_is_shown(manage) -> None:
    manage("schedules", "add", "s", "--cron", "0 0 * * *", "--request", REQUEST)
    JobSchedule.objects.update(next_due_at="2026-01-01T00:00Z", request={"image": "debian", "host": "gone"})
    run_schedule(JobSchedule.objects.get().pk)
    assert "invalid" in manage("schedules")
    shown = manage("schedules", "show", "s")
    assert "problem" in shown
    assert "no host is called 'gone'" in shown


def test_the_next_times_of_an_expression_are_shown(manage) -> None:
    lines = manage("schedules", "preview", "0 12 * * *", "--time-zone", "Asia/Tokyo", "--count", "2").splitlines()
    assert len(lines) == 2
    assert all("03:00:00 UTC" in line and line.endswith("12:00 JST") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "s", "--cron", "x", "--request", REQUEST), "cron: has 1 field, and there are 5."),
        (("add", "s", "--cron", "* * * * *", "--request", "{"), "--request is no JSON"),
        (("show", "s"), "No schedule is called 's'. There is none yet."),
        (("preview", "* * * * *", "--count", "0"), "--count must be at least 1."),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told(manage, arguments, told) -> None:
    with pytest.raises(CommandError) as raised:
        manage("schedules", *arguments)
    assert told in str(raised.value)


def test_a_queue_is_paused_and_resumed(manage, store) -> None:
    store.job(queue="reports")
    paused = manage("queues", "pause", "reports")
    assert "reports" in paused
    (queue,) = [queue for queue in json.loads(manage("queues", "--json")) if queue["name"] == "reports"]
    assert (queue["is_paused"], queue["ready"]) == (True, 1)
    manage("queues", "resume", "reports")
    assert not any(queue["is_paused"] for queue in json.loads(manage("queues", "--json")))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pause",), "Name the queue to pause."),
        (("list", "reports"), "list takes no name."),
        (("pause", "a b"), "is no name of a queue"),
    ],
)
def test_what_is_wrong_with_a_queue_is_told(manage, arguments, told) -> None:
    with pytest.raises(CommandError) as raised:
        manage("queues", *arguments)
    assert told in str(raised.value)
