"""Environment templates: stored only when they are good, listed, and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from container_manager.environment.compiler import Compilation, compile_template
from container_manager.environment.diagnostics import Diagnostic
from container_manager.environment.directives import TEMPLATE_NAME
from container_manager.environment.given import Given
from container_manager.environment.includes import Library
from container_manager.environment.reading import LONGEST_TEXT
from container_manager.environment.showing import show
from container_manager.models import EnvironmentTemplate
from container_manager.models.environment_template import StoredTemplates, outside_variables
from container_manager.services.errors import ServiceError
from container_manager.validation.plain_values import text_defect
from container_manager.validation.problems import did_you_mean

# UTF-8 needs at most so many bytes; what is longer is refused by the compiler, which is shown one byte too many.
_LONGEST_FILE = 4 * LONGEST_TEXT + 1


class UnknownTemplateError(ServiceError):
    """No template has this name."""

    def __init__(self, name: str) -> None:
        near = did_you_mean(name, StoredTemplates().names(), otherwise="")
        super().__init__(f"There is no environment template {name[:200]!r}. {near}".rstrip())


class InvalidTemplateError(ServiceError):
    """A template cannot be stored so. ``problems`` has everything that is wrong with it, or with those including it."""

    def __init__(self, name: str, problems: Sequence[Diagnostic]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(show(problem) for problem in self.problems)
        super().__init__(f"The environment template {name!r} is not stored.\n{shown}")


class UnreadableFileError(ServiceError):
    """A file cannot be read."""


@dataclass(frozen=True, kw_only=True)
class TemplateSummary:
    """What is shown of a stored template in a list."""

    name: str
    description: str
    changed_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        return asdict(self) | {"changed_at": self.changed_at.isoformat()}


@dataclass(frozen=True, kw_only=True)
class StoredTemplate:
    """What came of storing a template."""

    name: str
    is_new: bool
    warnings: tuple[Diagnostic, ...]


def list_templates() -> tuple[TemplateSummary, ...]:
    """Return all stored templates by name."""
    rows = EnvironmentTemplate.objects.order_by("name").values_list("name", "description", "changed_at")
    return tuple(TemplateSummary(name=name, description=text, changed_at=moment) for name, text, moment in rows)


def set_template(name: str, content: str | bytes, *, description: str | None = None) -> StoredTemplate:
    """Store a template, or replace one. ``description`` ``None`` leaves the stored one.

    Raises :class:`InvalidTemplateError` where it is wrong, or where another that includes it would become wrong;
    :class:`~container_manager.services.errors.ServiceError` for a name that no template can have.
    """
    if not TEMPLATE_NAME.fullmatch(name):
        rule = "it has letters, digits, '.', '_' and '-', at most 200 of them"
        raise ServiceError(f"{name[:200]!r} cannot be a template's name: {rule}.")
    with transaction.atomic():
        compilation = _compile(name, content, StoredTemplates(), _before_any_job())
        if compilation.errors:
            raise InvalidTemplateError(name, compilation.problems)
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        if broken := _broken_by(name, text):
            raise InvalidTemplateError(name, broken)
        changes: dict[str, Any] = {"text": text, "changed_at": Now()}
        if description is not None:
            changes["description"] = description[:500]
        _, is_new = EnvironmentTemplate.objects.update_or_create(name=name, defaults=changes)
    return StoredTemplate(name=name, is_new=is_new, warnings=compilation.warnings)


def check_template(name: str, *, overrides: Mapping[str, str] | None = None) -> Compilation:
    """Compile a stored template: for a job that gives ``overrides``, or without them as it is before any job.

    Raises :class:`UnknownTemplateError`.
    """
    library = StoredTemplates()
    content = None if text_defect(name) else library.find(name)
    if content is None:
        raise UnknownTemplateError(name)
    return _compile(name, content, library, _given(overrides))


def check_template_file(path: Path, *, overrides: Mapping[str, str] | None = None) -> Compilation:
    """Compile a file as :func:`check_template` does; what it includes is looked for beside it, then among the stored.

    Raises :class:`UnreadableFileError`.
    """
    library = _BesideFile(path.parent, StoredTemplates())
    return _compile(path.name, read_template_file(path), library, _given(overrides))


def read_template_file(path: Path) -> bytes:
    """Return a file's content. Raises :class:`UnreadableFileError`."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.") from error


def _given(overrides: Mapping[str, str] | None) -> Given:
    if overrides is None:
        return _before_any_job()
    return Given(overrides=overrides, outside=outside_variables())


def _before_any_job() -> Given:
    return Given(outside=outside_variables(), complete=False)


def _compile(name: str, content: str | bytes, library: Library, given: Given) -> Compilation:
    return compile_template(name, content, library=library, given=given)


def _broken_by(name: str, text: str) -> list[Diagnostic]:
    """Return the errors that other templates would get by this text."""
    before, after = StoredTemplates(), _Overlay(name, text, StoredTemplates())
    found: list[Diagnostic] = []
    others = EnvironmentTemplate.objects.exclude(name=name).filter(text__contains="include").order_by("name")
    for other in others.iterator():
        new = _compile(other.name, other.text, after, _before_any_job()).errors
        if new and not _compile(other.name, other.text, before, _before_any_job()).errors:
            found += new
    return found


class _Overlay:
    """The stored templates with one of them replaced."""

    def __init__(self, name: str, text: str, library: Library) -> None:
        self._name = name
        self._text = text
        self._library = library

    def find(self, name: str) -> str | bytes | None:
        return self._text if name == self._name else self._library.find(name)

    def names(self) -> Iterable[str]:
        return self._library.names()


class _BesideFile:
    """The files of a folder, called ``NAME`` or ``NAME.env``, and behind them another library."""

    def __init__(self, folder: Path, library: Library) -> None:
        self._folder = folder
        self._library = library

    def find(self, name: str) -> str | bytes | None:
        for path in (self._folder / name, self._folder / f"{name}.env"):
            if path.is_file():
                return read_template_file(path)
        return self._library.find(name)

    def names(self) -> Iterable[str]:
        return self._library.names()
