"""What a compiled environment template looks like, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from container_manager.environment.compiler import Compilation, Variable
from container_manager.environment.diagnostics import Diagnostic
from container_manager.environment.showing import Role, shown_lines
from container_manager.management.screen import one_line
from container_manager.request.plain_secrets import find_plain_secrets

_STYLES = {
    Role.ERROR: "bold red",
    Role.WARNING: "bold yellow",
    Role.SOURCE: "",
    Role.CARET: "red",
    Role.FIX: "green",
}


def problem_text(problem: Diagnostic, width: int) -> Text:
    """Return one problem: the line, a caret, what is wrong, what is right."""
    lines = [Text(line.text, style=_STYLES[line.role]) for line in shown_lines(problem, width)]
    return Text("\n").join(lines)


def variable_table(compilation: Compilation) -> Table:
    """Return the variables with their types and where they come from; secret values are masked."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("NAME", no_wrap=True)
    table.add_column("VALUE", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("TYPE", no_wrap=True)
    table.add_column("FROM", no_wrap=True)
    for variable in compilation.variables:
        origin = "the job" if variable.template is None else f"{variable.template}:{variable.line}"
        table.add_row(Text(one_line(variable.name)), Text(one_line(shown_value(variable))), variable.type, Text(origin))
    return table


def summary(name: str, compilation: Compilation) -> Iterator[str]:
    """Return what came of it, and what a job must give."""
    errors, warnings = len(compilation.errors), len(compilation.warnings)
    found = [_count(errors, "error"), _count(warnings, "warning")]
    told = ", ".join(each for each in found if each) or "nothing is wrong"
    yield f"{one_line(name)}: {told}."
    for plain in find_plain_secrets(environment=compilation.environment, secret_names=compilation.secret_names):
        yield f"{plain.field} looks like {plain.looks_like}. Declare it: #@ NAME: secret"
    for variable, message in compilation.needed.items():
        yield f"A job must give {variable}" + (f": {one_line(message)}" if message else ".")


def as_json(name: str, compilation: Compilation, *, with_variables: bool) -> dict[str, Any]:
    """Return everything as plain values; secret values are masked."""
    answer: dict[str, Any] = {
        "template": name,
        "good": not compilation.errors,
        "problems": [asdict(problem) for problem in compilation.problems],
        "needed": dict(compilation.needed),
    }
    if with_variables:
        answer["variables"] = [_variable_json(variable) for variable in compilation.variables]
    return answer


def shown_value(variable: Variable) -> str:
    """Return a variable's canonical text, or a mark for a secret."""
    if variable.secret_ref is not None:
        return f"[stored secret {variable.secret_ref}]"
    return f"[secret:{variable.name}]" if _is_secret(variable) else variable.text


def _is_secret(variable: Variable) -> bool:
    return variable.secret or bool(find_plain_secrets(environment={variable.name: variable.text}))


def _variable_json(variable: Variable) -> dict[str, Any]:
    value = variable.value
    if _is_secret(variable):
        value = None
    elif isinstance(value, timedelta):
        value = value.total_seconds()
    return asdict(variable) | {"text": shown_value(variable), "value": value}


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""
