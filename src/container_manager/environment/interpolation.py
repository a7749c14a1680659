"""The fifth stage: what each variable is once every reference is replaced.

A name means its value in the whole environment, wherever it is assigned. Only a variable's own name in its own value
means what that assignment replaces: an earlier line, an included template, the outside.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice

from container_manager.environment.declared_types import UNKNOWN, DeclaredTypes, Value
from container_manager.environment.definitions import Definition, Names
from container_manager.environment.diagnostics import Findings
from container_manager.environment.given import Given
from container_manager.environment.suggestions import Suggestions
from container_manager.environment.syntax import Part, Reference, SecretReference, Text
from container_manager.validation.plain_values import LONGEST_ARGUMENT_BYTES

#: Characters of all values together: Linux gives a program 2 MiB for its arguments and variables.
LONGEST_TOGETHER = 1024 * 1024


_Step = Generator[Definition, Value, Value]


class Interpolation:
    """Finds the values of all names of one compilation."""

    def __init__(
        self, names: Names, given: Given, types: DeclaredTypes, findings: Findings, suggestions: Suggestions
    ) -> None:
        self._names = names
        self._types = types
        self._given = given
        self._findings = findings
        self._suggestions = suggestions
        self._done: dict[Definition, Value] = {}
        self._done_given: dict[str, Value] = {}
        self._in_circles: set[Definition] = set()
        self._room = LONGEST_TOGETHER
        self.needed: dict[str, str] = {}
        """What a job must give, with the message for it."""

    def value(self, name: str) -> Value | None:
        """Return a name's value, or ``None`` where nothing gives it one."""
        given = self._given_value(name)
        if given is not None:
            return given
        definition = self._names.definitions.get(name)
        return None if definition is None else self._evaluate(definition)

    def _given_value(self, name: str) -> Value | None:
        if not self._given.gives(name):
            return None
        if name not in self._done_given:
            if name in self._given.secrets:
                value = Value(secret=True, secret_ref=self._given.secrets[name])
            else:
                secret = name in self._given.secret_names or name in self._names.secret
                value = Value(text=self._given.overrides[name], secret=secret)
            self._done_given[name] = self._types.apply(name, value)
        return self._done_given[name]

    def _evaluate(self, wanted: Definition) -> Value:
        """Run one definition after the other with a stack of our own: no chain is too long for it."""
        if wanted in self._done:
            return self._done[wanted]
        stack: list[tuple[Definition, _Step]] = [(wanted, self._definition(wanted))]
        running = {wanted: 0}
        answer: Value | None = None
        while stack:
            definition, step = stack[-1]
            try:
                needed = step.send(answer) if answer is not None else next(step)
            except StopIteration as end:
                answer = self._done[definition] = end.value
                del running[definition]
                stack.pop()
                continue
            answer = self._done.get(needed)
            if answer is None and needed in running:
                self._tell_circle(stack, running[needed])
                answer = UNKNOWN
            elif answer is None:
                running[needed] = len(stack)
                stack.append((needed, self._definition(needed)))
        return self._done[wanted]

    def _definition(self, definition: Definition) -> _Step:
        if not definition.assignment.whole:
            return UNKNOWN
        value = yield from self._joined(definition.assignment.parts, definition)
        if definition.name in self._names.secret:
            value = replace(value, secret=True)
        is_last = self._names.definitions[definition.name] is definition
        return self._types.apply(definition.name, value) if is_last else value

    def _joined(self, parts: Iterable[Part], definition: Definition) -> _Step:
        values = []
        for part in parts:
            values.append((yield from self._part(part, definition)))  # noqa: PERF401  (yields in between)
        if not all(value.known for value in values):
            return UNKNOWN
        refs = [value for value in values if value.secret_ref is not None]
        if refs:
            return self._stored_secret(refs, values, definition)
        return self._bounded(values, definition)

    def _part(self, part: Part, definition: Definition) -> _Step:
        match part:
            case Text(text=text):
                return Value(text=text)
            case SecretReference(name=name):
                return Value(secret=True, secret_ref=name)
            case Reference():
                return (yield from self._reference(part, definition))

    def _reference(self, reference: Reference, definition: Definition) -> _Step:
        value = yield from self._looked_up(reference, definition)
        if value is not None and not value.known:
            return value
        operator = reference.operator
        is_empty = value is not None and not value.text and value.secret_ref is None
        if value is not None and not (is_empty and operator is not None and operator.counts_empty):
            return value
        if operator is None:
            self._tell_unset(reference, definition)
            return UNKNOWN
        if operator.is_default:
            return (yield from self._joined(reference.operand, definition))
        self._tell_demanded(reference, definition)
        return UNKNOWN

    def _looked_up(self, reference: Reference, definition: Definition) -> Generator[Definition, Value, Value | None]:
        """Look a name up: in what the job gives, in the templates, and outside."""
        name = reference.name
        if name == definition.name:
            found = definition.replaced
        else:
            given = self._given_value(name)
            if given is not None:
                return given
            found = self._names.definitions.get(name)
        if found is not None:
            return (yield found)
        outside = self._given.outside.get(name)
        return None if outside is None else Value(text=outside, secret=name in self._names.secret)

    def _stored_secret(self, refs: list[Value], values: list[Value], definition: Definition) -> Value:
        if len(refs) == 1 and all(not value.text for value in values):
            return refs[0]
        message = f"{definition.name} has more in it than the stored secret {refs[0].secret_ref}."
        fix = "A stored secret is read when the job starts: it must be the whole value of a variable."
        self._findings.error("secret-inside-text", definition.value_place(), message, fix)
        return UNKNOWN

    def _bounded(self, values: list[Value], definition: Definition) -> Value:
        """Join texts, unless that were longer than any program can be given."""
        place = definition.value_place()
        length = sum(len(value.text) for value in values)
        if length >= LONGEST_ARGUMENT_BYTES:
            message = f"{definition.name} is longer than {LONGEST_ARGUMENT_BYTES} bytes with everything in it."
            self._findings.error("too-long", place, message, "Give large values to jobs as files.")
            return UNKNOWN
        if 0 <= self._room < length:
            message = f"The values together are longer than {LONGEST_TOGETHER} characters."
            self._findings.error("too-long", place, message, "Give large values to jobs as files.")
        self._room = -1 if self._room < length else self._room - length
        if self._room < 0:
            return UNKNOWN
        return Value(text="".join(value.text for value in values), secret=any(value.secret for value in values))

    def _tell_unset(self, reference: Reference, definition: Definition) -> None:
        name = reference.name
        place = definition.place(reference.span)
        declaration = self._types.declaration(name)
        if declaration is not None and declaration.required:
            return  # told, or waited for, once for the name itself
        if name == definition.name:
            message = f"{name} refers to itself, and there is nothing that it replaces."
            fix = f"Write ${{{name}:-}} for nothing, or a value."
            self._findings.error("self-reference", place, message, fix)
            return
        known = chain(self._names.definitions, self._names.declarations, self._given.overrides, self._given.outside)
        otherwise = f"Assign it, write ${{{name}:-default}}, or declare that jobs give it: #@ {name}: required"
        fix = self._suggestions.question(name, known, otherwise=otherwise)
        self._findings.error("undefined-name", place, f"{name} has no value.", fix)

    def _tell_demanded(self, reference: Reference, definition: Definition) -> None:
        said = "".join(_as_written(part, definition) for part in reference.operand)
        if not self._given.complete:
            self.needed.setdefault(reference.name, said)
            return
        message = f"{reference.name} has no value" + (f": {said}" if said else ".")
        fix = f"Give the job a value for {reference.name}."
        self._findings.error("value-demanded", definition.place(reference.span), message, fix)

    def _tell_circle(self, stack: Sequence[tuple[Definition, _Step]], start: int) -> None:
        """Tell of the circle from ``start`` to the stack's top, unless one through both its ends is told already."""
        if {stack[start][0], stack[-1][0]} <= self._in_circles:
            return
        self._in_circles.add(stack[start][0])
        for each, _ in islice(reversed(stack), len(stack) - start):
            if each in self._in_circles:
                break
            self._in_circles.add(each)
        circle = [each for each, _ in stack[start : start + self._findings.steps_left]]
        first = circle[0]
        others = len(stack) - start - 1
        message = f"{first.name} refers to itself" + (f" by way of {_listed(circle[1:], others)}." if others else ".")
        fix = "Give one of them a value of its own."
        steps = (each.place() for each in circle)
        self._findings.error("reference-circle", first.place(), message, fix, steps=steps)


def _as_written(part: Part, definition: Definition) -> str:
    return part.text if isinstance(part, Text) else definition.source.part(part.span)


def _listed(definitions: Sequence[Definition], count: int) -> str:
    names = ", ".join(each.name for each in definitions[:5])
    return names if count <= 5 else f"{names}, and {count - 5} more"
