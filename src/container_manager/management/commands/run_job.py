"""``manage.py run_job IMAGE -- CMD…``: run one job now and wait for it, like ``docker run``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser

from container_manager.management.job_command import JobCommand, service_errors_told
from container_manager.management.mount_option import parse_mount
from container_manager.management.screen import Screen, visible
from container_manager.request.job_request import JobRequestFields
from container_manager.services.job_detail import JobDetail, how_it_ended
from container_manager.troubleshooting.rendering import print_report
from container_manager.validation.problems import InvalidJobError
from container_manager.worker.default_host import NoHostError, ensure_default_host
from container_manager.worker.one_job import exit_code_of, run_one_job


class Command(JobCommand):
    """Run one job now."""

    help = (
        "Run one job now, show what it writes, and exit with its code: 125 to 127 where it could not be started, "
        "124 at its time limit, 130 when cancelled. Ctrl-C cancels it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (Django's signature)
        super().__init__(*args, **kwargs)
        self._after_dashes: Sequence[str] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Set aside what stands behind ``--``: it is the job's, whatever it looks like."""
        if "--" in argv:
            dashes = argv.index("--")
            argv, self._after_dashes = argv[:dashes], argv[dashes + 1 :]
        super().run_from_argv(argv)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to run, and how."""
        parser.add_argument("image", metavar="IMAGE")
        parser.add_argument("command", metavar="-- CMD", nargs="*", help="the command; without it the image's own")
        parser.add_argument("--host", help="the host's name; without it an available one")
        parser.add_argument("--name", help="the job's name")
        parser.add_argument("--memory", metavar="MB", type=int, dest="memory_limit")
        parser.add_argument("--cpus", metavar="CORES", type=float, dest="cpu_limit")
        parser.add_argument("--pids-limit", metavar="N", type=int)
        parser.add_argument("--timeout", metavar="SECONDS", type=float, dest="timeout_seconds")
        parser.add_argument("--stop-grace", metavar="SECONDS", type=float, dest="stop_grace_seconds")
        parser.add_argument("--env", metavar="NAME=VALUE", action="append", default=[])
        parser.add_argument(
            "--secret-env", metavar="NAME", action="append", default=[], help="a variable from here, its value masked"
        )
        parser.add_argument(
            "--secret", metavar="NAME=SECRET", action="append", default=[], help="a variable with a stored secret"
        )
        parser.add_argument(
            "--env-template", metavar="NAME", dest="environment_template", help="the template that --env overrides"
        )
        parser.add_argument("--workdir", metavar="DIR", dest="working_directory")
        parser.add_argument("--user", metavar="USER[:GROUP]")
        parser.add_argument("--network", help="none, or a network's name")
        parser.add_argument("--read-only", action="store_true", default=None, dest="read_only_root")
        parser.add_argument("--label", metavar="NAME=VALUE", action="append", default=[])
        parser.add_argument(
            "--mount",
            metavar="SPEC",
            action="append",
            default=[],
            help="bind,source=/srv/in,target=/in,readonly or volume,source=NAME,target=… or tmpfs,target=…,size=MB",
        )
        parser.add_argument(
            "--field",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="any other field of create_job, its value as JSON or as plain text: retry=3, gpus=all, ports='[8080]'",
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Run the job and exit with its code."""
        with service_errors_told():
            job = self._run(options)
        code = exit_code_of(job)
        if code:
            self._explain(job, Screen(self.stderr, no_color=bool(options.get("no_color"))))
            sys.exit(code)

    def _run(self, options: dict[str, Any]) -> JobDetail:
        fields = _fields(options, [*options["command"], *self._after_dashes])
        try:
            return run_one_job(self._show, self._warn, host=options["host"] or self._default_host(), **fields)
        except InvalidJobError as error:
            raise CommandError(f"The job was not made:\n{error}", returncode=_USAGE) from error

    def _default_host(self) -> str:
        try:
            host = ensure_default_host()
        except NoHostError as error:
            raise CommandError(str(error), returncode=_NOT_STARTED) from error
        self.stderr.write(f"Running on {host.words}.", self.style.NOTICE)
        self.stderr.flush()
        return host.name

    def _warn(self, warning: str) -> None:
        self.stderr.write(f"Warning: {warning}.", self.style.WARNING)
        self.stderr.flush()

    def _show(self, stream: str, data: bytes) -> None:
        output = self.stdout if stream == "stdout" else self.stderr
        output.flush()
        raw: BinaryIO | None = getattr(output, "buffer", None)
        if raw is None:
            output.write(data.decode(errors="replace"), ending="")
        else:
            raw.write(data)
            raw.flush()

    def _explain(self, job: JobDetail, screen: Screen) -> None:
        last = job.last_attempt
        with screen.page() as console:
            console.print(f"\nJob {job.id}: {how_it_ended(job)}.")
            if last is None:
                return
            # Where no guide knows the cause, the platform's own words are the best there is.
            if last.failure_message and (last.diagnosis is None or last.diagnosis.report.get("unknown")):
                console.print(visible(last.failure_message))
            if last.diagnosis is not None:
                console.print()
                print_report(last.diagnosis.report, console)


_NOT_STARTED = 125
_USAGE = 125


def _fields(options: dict[str, Any], command: Sequence[str]) -> JobRequestFields:
    """Return what the options ask for; what was not given is left to the defaults."""
    secrets = _taken_over(options["secret_env"])
    fields: dict[str, Any] = {name: options[name] for name in _PLAIN if options[name] is not None}
    fields |= {
        "image": options["image"],
        "command": list(command),
        "environment": _pairs("--env", options["env"]) | secrets,
        "secret_names": sorted(secrets),
        "secrets": _pairs("--secret", options["secret"]),
        "labels": _pairs("--label", options["label"]),
        "mounts": [parse_mount(text) for text in options["mount"]],
    }
    for name, value in _pairs("--field", options["field"]).items():
        if fields.get(name):
            raise CommandError(f"--field {name}: the command gives {name} in another way already.", returncode=_USAGE)
        fields[name] = _from_json(value)
    known: JobRequestFields = fields  # type: ignore[assignment]  # create_job checks every field and names the wrong ones
    return known


_PLAIN = (
    "name",
    "environment_template",
    "memory_limit",
    "cpu_limit",
    "pids_limit",
    "timeout_seconds",
    "stop_grace_seconds",
    "working_directory",
    "user",
    "network",
    "read_only_root",
)


def _from_json(text: str) -> object:
    """Return what the text says as JSON, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _taken_over(names: Sequence[str]) -> dict[str, str]:
    """Return these variables of our own environment: a value among the arguments could be read by everybody here."""
    for name in names:
        if "=" in name:
            shown = name.partition("=")[0]
            fix = f"Set {shown} in the environment and write --secret-env {shown}, or store it (set_secret)."
            raise CommandError(f"--secret-env takes a name, and no value. {fix}", returncode=_USAGE)
        if name not in os.environ:
            raise CommandError(f"--secret-env {name}: there is no such variable here.", returncode=_USAGE)
    return {name: os.environ[name] for name in names}


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise CommandError(f"{option} takes NAME=VALUE, not {text!r}.", returncode=_USAGE)
        pairs[name] = value
    return pairs
