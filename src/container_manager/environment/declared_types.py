"""Holding values to what is declared of their names."""

from __future__ import annotations

from dataclasses import dataclass, replace

from container_manager.environment.conversion import convert
from container_manager.environment.definitions import Names
from container_manager.environment.diagnostics import Findings, Place
from container_manager.environment.given import Given
from container_manager.environment.suggestions import Suggestions
from container_manager.environment.syntax import Declaration, TypeName
from container_manager.environment.typed import ConversionError
from container_manager.validation.plain_values import text_defect


@dataclass(frozen=True, kw_only=True)
class Value:
    """A variable's value. ``known`` is False where something was wrong, or where only a job can give it.

    ``typed`` is the value as its declared type, and ``text`` its canonical text. ``secret_ref`` names a stored secret.
    """

    text: str = ""
    typed: object = None
    secret: bool = False
    secret_ref: str | None = None
    known: bool = True


UNKNOWN = Value(known=False)


class DeclaredTypes:
    """Converts the values of one compilation."""

    def __init__(self, names: Names, given: Given, findings: Findings, suggestions: Suggestions) -> None:
        self._names = names
        self._given = given
        self._findings = findings
        self._suggestions = suggestions
        self.needed: dict[str, str] = {}
        """What a job must give because the templates leave it empty."""

    def declaration(self, name: str) -> Declaration | None:
        """Return what is declared of a name."""
        declared = self._names.declarations.get(name)
        return None if declared is None else declared.declaration

    def type_of(self, name: str) -> TypeName:
        """Return the declared type of a name."""
        declaration = self.declaration(name)
        return (declaration.type if declaration else None) or TypeName.STR

    def apply(self, name: str, value: Value) -> Value:
        """Return the value as its type and in its canonical text; an unknown one where it is wrong, which is told."""
        if not value.known:
            return value
        declaration, type_name = self.declaration(name), self.type_of(name)
        if value.secret_ref is not None:
            return self._unread(name, value, type_name)
        if declaration is not None and declaration.required and not value.text:
            return self._empty(name)
        choices = declaration.choices if declaration else ()
        try:
            typed = convert(value.text, type_name, choices, self._suggestions)
        except ConversionError as error:
            return self._wrong(name, "wrong-type", f"{name} is declared {type_name}. {error.message}", error.fix)
        if defect := text_defect(f"{name}={typed.text}"):
            return self._wrong(name, "too-long", f"{name} {defect}", "Give large values to jobs as files.")
        return replace(value, text=typed.text, typed=typed.value)

    def _empty(self, name: str) -> Value:
        if not self._given.complete:
            self.needed[name] = ""
            return UNKNOWN
        return self._wrong(name, "value-demanded", f"{name} is required, and empty.", "Give it a value.")

    def _unread(self, name: str, value: Value, type_name: TypeName) -> Value:
        if type_name is TypeName.STR:
            return value
        message = f"{name} is declared {type_name}, and comes from a stored secret, which is not read here."
        return self._wrong(name, "wrong-type", message, "Leave the type out.")

    def _wrong(self, name: str, code: str, message: str, fix: str) -> Value:
        place = self._place(name)
        if place is None:
            self._findings.given_error(code, name, message, fix)
        else:
            self._findings.error(code, place, message, fix)
        return UNKNOWN

    def _place(self, name: str) -> Place | None:
        definition = self._names.definitions.get(name)
        if definition is None or self._given.gives(name):
            return None
        return definition.value_place()
