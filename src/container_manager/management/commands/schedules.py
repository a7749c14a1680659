"""``manage.py schedules …``: jobs that are made again and again."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import RenderableType

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.schedule_views import schedule_table, schedule_view, times_view
from container_manager.services.schedules import (
    ScheduleDetail,
    create_schedule,
    delete_schedule,
    list_schedules,
    load_schedule,
    preview_times,
    set_enabled,
    update_schedule,
)
from container_manager.validation.problems import InvalidJobError

_CHANGES = ("cron", "time_zone", "missed_runs", "allow_overlap")


class Command(JobCommand):
    """Show, add, change, enable, disable, and remove schedules."""

    help = "Show schedules, which make jobs by cron expressions; add, change, enable, disable, or remove one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.set_defaults(action="list", as_json=False)
        actions = parser.add_subparsers(dest="action", metavar="ACTION")
        self.add_json_argument(actions.add_parser("list", help="show all (this is the default)"))
        for action, words in (
            ("show", "show one, with its coming and its last times"),
            ("add", "add one"),
            ("change", "change one; what is not given stays"),
            ("enable", "let one make jobs; times that passed while it was disabled are not made up for"),
            ("disable", "let one make no jobs"),
            ("remove", "remove one; its jobs stay"),
        ):
            one = actions.add_parser(action, help=words)
            one.add_argument("name", metavar="NAME")
            if action in {"add", "change"}:
                _add_fields(one, required=action == "add")
            if action != "remove":
                self.add_json_argument(one)
        preview = actions.add_parser("preview", help="show the next times of an expression")
        preview.add_argument("cron", metavar="CRON")
        preview.add_argument("--time-zone", metavar="ZONE")
        preview.add_argument("--count", type=int, default=5, metavar="N", help="how many (default: 5)")
        self.add_json_argument(preview)

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Do it, and show what is there then."""
        try:
            with service_errors_told():
                value, view = self._act(options)
        except InvalidJobError as error:
            raise CommandError(str(error)) from error
        screen = self.screen(options, width_when_piped=120)
        if options["as_json"]:
            screen.show_json(value)
        else:
            screen.show(view)

    def _act(self, options: dict[str, Any]) -> tuple[Any, RenderableType]:
        match options["action"]:
            case "list" | None:
                schedules = list_schedules()
                return [schedule.as_json() for schedule in schedules], schedule_table(schedules)
            case "preview":
                if options["count"] < 1:
                    raise CommandError("--count must be at least 1.")
                times = preview_times(options["cron"], options["time_zone"], count=options["count"])
                return [moment.isoformat() for moment in times], times_view(times, options["time_zone"] or "UTC")
            case "remove":
                delete_schedule(options["name"])
                return None, f"Schedule {options['name']} is removed; the jobs that it made stay."
            case action:
                schedule = _change(action, options)
                return schedule.as_json(), schedule_view(schedule)


def _add_fields(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--cron", required=required, metavar="CRON", help="minute hour day month weekday")
    parser.add_argument(
        "--request",
        required=required,
        metavar="JSON",
        help='the arguments of a job, such as \'{"image": "debian:12"}\'',
    )
    parser.add_argument("--time-zone", metavar="ZONE", help="where the expression is read (default: UTC)")
    parser.add_argument("--missed-runs", metavar="POLICY", help="skip, latest (the default), or all")
    parser.add_argument("--allow-overlap", action=argparse.BooleanOptionalAction, default=None)


def _change(action: str, options: dict[str, Any]) -> ScheduleDetail:
    name: str = options["name"]
    if action == "show":
        return load_schedule(name)
    if action in {"enable", "disable"}:
        return set_enabled(name, is_enabled=action == "enable")
    fields: dict[str, Any] = {field: options[field] for field in _CHANGES if options[field] is not None}
    if options["request"] is not None:
        fields["request"] = _request(options["request"])
    return create_schedule(name=name, **fields) if action == "add" else update_schedule(name, **fields)


def _request(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"--request is no JSON: {error}.") from error
