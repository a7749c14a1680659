"""Checking which stored secrets a job names, and where they go."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from container_manager.runspec.spec import SecretFile
from container_manager.validation.plain_values import kind_of, shown, text_defect
from container_manager.validation.problems import Problems

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_NAME_FIX = "A secret's name has letters, digits, '.', '_' and '-'."
_EXAMPLE = "Write {'DB_PASSWORD': 'db-password'}, or [{'secret': 'tls-key', 'file': 'tls.key'}]."
_KEYS = frozenset({"secret", "variable", "file", "mode"})

#: A secret nobody but its owner reads.
DEFAULT_MODE = 0o400


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """A stored secret by its name, given as a variable or as a file: exactly one of the two is not empty.

    ``file`` is absolute, or relative to the directory that the variable ``SICKBAY_SECRETS`` names.
    """

    secret: str
    variable: str = ""
    file: str = ""
    mode: int = DEFAULT_MODE


@dataclass(kw_only=True)
class _Taken:
    """Where something stands already."""

    variables: set[str]
    files: set[str] = field(default_factory=set)


def check_secrets(fields: Mapping[str, object], problems: Problems) -> tuple[SecretReference, ...]:
    """Return the good references of ``secrets``."""
    environment = fields.get("environment")
    taken = _Taken(variables=set(environment) if isinstance(environment, Mapping) else set())
    found = [_reference(f"secrets[{key!r}]", given, taken, problems) for key, given in _entries(fields, problems)]
    return tuple(reference for reference in found if reference is not None)


def empty_files(references: Iterable[SecretReference]) -> tuple[SecretFile, ...]:
    """Return the files that are wanted, without their content."""
    return tuple(
        SecretFile(path=one.file, content=b"", mode=one.mode, name=one.secret) for one in references if one.file
    )


def is_secret_name(value: object) -> bool:
    """Whether a secret may be called so."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _entries(fields: Mapping[str, object], problems: Problems) -> list[tuple[object, Mapping[str, object]]]:
    """Return what was given as entries of one form, each with what it is called in a message."""
    value = fields.get("secrets")
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [(variable, {"variable": variable, "secret": secret}) for variable, secret in value.items()]
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        problems.add("secrets", f"must be a dictionary or a list, not {kind_of(value)}.", _EXAMPLE)
        return []
    good: list[tuple[object, Mapping[str, object]]] = []
    for number, entry in enumerate(value):
        if isinstance(entry, Mapping):
            good.append((number, entry))
        else:
            problems.add(f"secrets[{number}]", f"must be a dictionary, not {kind_of(entry)}.", _EXAMPLE)
    return good


def _reference(field: str, given: Mapping[str, object], taken: _Taken, problems: Problems) -> SecretReference | None:
    if unknown := sorted(str(key)[:100] for key in given if key not in _KEYS):
        problems.add(field, f"has an unknown key {unknown[0]!r}.", f"There are {', '.join(sorted(_KEYS))}.")
        return None
    if not is_secret_name(given.get("secret")):
        problems.add(field, "does not name a secret.", _NAME_FIX)
        return None
    variable, file = given.get("variable") or "", given.get("file") or ""
    if bool(variable) == bool(file):
        problems.add(field, "must have either a variable or a file.", _EXAMPLE)
        return None
    if file:
        return _file(field, given, taken, problems)
    if defect := _variable_defect(variable, taken.variables):
        problems.add(field, defect, "Give it a name of its own, such as DB_PASSWORD.")
        return None
    if given.get("mode") is not None:
        problems.add(field, "has a mode, which only files have.", "Leave it out.")
        return None
    taken.variables.add(str(variable))
    return SecretReference(secret=str(given["secret"]), variable=str(variable))


def _variable_defect(variable: object, taken: Collection[str]) -> str | None:
    if not isinstance(variable, str):
        return f"has a variable that is no text but {kind_of(variable)}."
    if "=" in variable:
        return "has '=' in its variable's name."
    return "is given twice, or stands in environment too." if variable in taken else text_defect(variable)


def _file(field: str, given: Mapping[str, object], taken: _Taken, problems: Problems) -> SecretReference | None:
    file, mode = given["file"], given.get("mode")
    if not isinstance(file, str) or text_defect(file) or not _is_plain_path(file):
        fix = "Write 'tls.key', or '/etc/app/tls.key'."
        problems.add(field, f"has a file that is no plain path: {shown(file)}.", fix)
    elif file in taken.files:
        problems.add(field, f"puts a second secret at {file[:200]!r}.", "Give each a file of its own.")
    elif mode is not None and (isinstance(mode, bool) or not isinstance(mode, int) or not 0 <= mode <= 0o777):
        problems.add(field, f"has no file mode but {shown(mode)}.", "Write for example 0o400 or 0o444.")
    else:
        taken.files.add(file)
        return SecretReference(secret=str(given["secret"]), file=file, mode=DEFAULT_MODE if mode is None else mode)
    return None


def _is_plain_path(path: str) -> bool:
    """Whether a path is written in the one plain way: no ``..``, no doubled and no last slash."""
    return (
        len(path) <= 1000
        and path not in {"/", "."}
        and str(PurePosixPath(path)) == path
        and ".." not in path.split("/")
    )
