"""``manage.py check_env``: is an environment template good, and what does it give."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError

from container_manager.environment.compiler import Compilation
from container_manager.management.job_command import JobCommand
from container_manager.management.screen import Screen
from container_manager.management.template_view import as_json, problem_text, summary, variable_table
from container_manager.services.environment_templates import check_template, check_template_file
from container_manager.services.errors import ServiceError
from container_manager.validation.plain_values import text_defect

_WRONG = 1
_NOT_CHECKED = 3


class Command(JobCommand):
    """Check an environment template."""

    help = (
        "Check an environment template, or any dotenv file. Exits with 0 when jobs can be made with it, with 1 when "
        "not, and with 3 when it could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which template, and what a job would give."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("file", metavar="FILE", nargs="?", help="a file; it may include others beside it")
        which.add_argument("--template", metavar="NAME", help="a stored template")
        parser.add_argument(
            "--set", metavar="NAME=VALUE", action="append", default=[], help="a variable that the job gives"
        )
        parser.add_argument("--show", action="store_true", help="show the variables as a job would get them")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  (Django's signature)
        """Check, show, and exit."""
        name = options["template"] or Path(options["file"]).name
        compilation = _checked(options)
        screen = self.screen(options)
        if options["format"] == "json":
            screen.show_json(as_json(name, compilation, with_variables=options["show"]))
        else:
            _show(screen, name, compilation, with_variables=options["show"])
        if compilation.errors:
            sys.exit(_WRONG)


def _checked(options: dict[str, Any]) -> Compilation:
    overrides = _overrides(options["set"]) if options["set"] or options["show"] else None
    try:
        if options["template"]:
            return check_template(options["template"], overrides=overrides)
        return check_template_file(Path(options["file"]), overrides=overrides)
    except ServiceError as error:
        raise CommandError(str(error), returncode=_NOT_CHECKED) from error
    except DatabaseError as error:
        message = f"The templates could not be read from the database: {error}"
        raise CommandError(message, returncode=_NOT_CHECKED) from error


def _overrides(given: list[str]) -> dict[str, str]:
    overrides = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name or not equals or text_defect(each):
            # The whole may be a value without its name: it is not repeated.
            raise CommandError("--set takes NAME=VALUE, as plain text.", returncode=_NOT_CHECKED)
        overrides[name] = value
    return overrides


def _show(screen: Screen, name: str, compilation: Compilation, *, with_variables: bool) -> None:
    with screen.page() as console:
        for problem in compilation.problems:
            console.print(problem_text(problem, console.width), soft_wrap=True)
            console.print()
        if with_variables and compilation.variables:
            console.print(variable_table(compilation))
            console.print()
        for line in summary(name, compilation):
            console.print(line)
