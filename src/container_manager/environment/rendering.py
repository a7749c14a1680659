"""Writing trees and values as text that reads back as the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from container_manager.environment.syntax import (
    Assignment,
    Declaration,
    Include,
    Part,
    Reference,
    SecretReference,
    Statement,
    Template,
    Text,
    TypeName,
)

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,~^-]+(?: [A-Za-z0-9_./:@%+,~^-]+)*")
_ESCAPED = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "$": "\\$", "{": "\\{", "}": "\\}", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)


def render(template: Template) -> str:
    """Return a template's canonical text: without comments, one statement a line."""
    return "".join(f"{_statement(each)}\n" for each in template.statements)


def render_values(values: Mapping[str, str]) -> str:
    """Return plain values as a dotenv file."""
    return "".join(f"{name}={render_value(value)}\n" for name, value in values.items())


def render_value(value: str) -> str:
    """Return a plain value: without quotes where nothing needs them, in single ones where those do, else in double."""
    if not value or _PLAIN.fullmatch(value):
        return value
    if value.isprintable() and "'" not in value and "\\" not in value:
        return f"'{value}'"
    return f'"{value.translate(_ESCAPED)}"'


def _statement(statement: Statement) -> str:
    match statement:
        case Assignment():
            export = "export " if statement.exported else ""
            return f"{export}{statement.name}={_value(statement.parts)}"
        case Include(name=name):
            return f"#@ include {name}"
        case Declaration():
            return f"#@ {statement.name}: {' '.join(_words(statement))}"


def _words(declaration: Declaration) -> Iterable[str]:
    if declaration.type is TypeName.CHOICE:
        yield f"choice({', '.join(declaration.choices)})"
    elif declaration.type is not None:
        yield declaration.type
    if declaration.secret:
        yield "secret"
    if declaration.required:
        yield "required"


def _value(parts: tuple[Part, ...]) -> str:
    match parts:
        case ():
            return ""
        case (Text(text=text),):
            return render_value(text)
        case _:
            return f'"{_quoted(parts)}"'


def _quoted(parts: Iterable[Part]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Part) -> str:
    match part:
        case Text(text=text):
            return text.translate(_ESCAPED)
        case SecretReference(name=name):
            return f"${{secret:{name}}}"
        case Reference(operator=None, name=name):
            return f"${{{name}}}"
        case Reference():
            return f"${{{part.name}{part.operator}{_quoted(part.operand)}}}"
