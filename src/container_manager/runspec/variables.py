"""Checking a job's environment, the names of its secrets, and its labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from container_manager.validation.plain_values import kind_of, text_defect
from container_manager.validation.problems import Problems, did_you_mean

#: Labels with this prefix tell our containers from others: no job may set them.
RESERVED_LABEL_PREFIX = "io.sickbay."


def check_environment(value: object, problems: Problems) -> dict[str, str]:
    """Return the good variables of an environment."""
    good = {}
    for name, content in _texts("environment", value, problems, example="{'NAME': 'value'}").items():
        if "=" in name:
            problems.add(f"environment[{name!r}]", "has '=' in its name.", "Write {'NAME': 'value'}.")
        elif defect := text_defect(f"{name}={content}"):
            problems.add(f"environment[{name!r}]", defect, "Give what is long to the job as a file.")
        else:
            good[name] = content
    return good


def check_labels(value: object, problems: Problems) -> dict[str, str]:
    """Return the good labels."""
    good = {}
    for name, content in _texts("labels", value, problems, example="{'team': 'media'}").items():
        if name.startswith(RESERVED_LABEL_PREFIX):
            fix = f"Choose a name that does not begin with {RESERVED_LABEL_PREFIX!r}."
            problems.add(f"labels[{name!r}]", "is reserved for Sickbay's own labels.", fix)
        else:
            good[name] = content
    return good


def check_secret_names(value: object, environment: object, problems: Problems) -> frozenset[str]:
    """Return the names of secret variables; each must be a variable of the environment as it was given."""
    known = {name for name in environment if isinstance(name, str)} if isinstance(environment, Mapping) else set()
    if value is None:
        return frozenset()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, (Sequence, Set)):
        shown = f"[{value!r}]" if isinstance(value, str) and value in known else "['API_TOKEN']"
        problems.add("secret_names", f"must be a list of variable names, not {kind_of(value)}.", f"Write {shown}.")
        return frozenset()
    return frozenset(name for name in value if _is_variable(name, known, problems))


def _is_variable(name: object, known: Set[str], problems: Problems) -> bool:
    if not isinstance(name, str):
        problems.add("secret_names", f"must hold names, not {kind_of(name)}.", "Write ['API_TOKEN'].")
        return False
    if name not in known:
        fix = did_you_mean(name, known, otherwise="Add the variable to environment, or take the name out.")
        problems.add("secret_names", f"names {name[:100]!r}, which is no variable of environment.", fix)
        return False
    return True


def _texts(field: str, value: object, problems: Problems, *, example: str) -> dict[str, str]:
    """Return the entries of a mapping whose names and values are texts."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.add(field, f"must be a dictionary, not {kind_of(value)}.", f"Write {example}.")
        return {}
    return {name: content for name, content in value.items() if _is_entry(field, name, content, problems)}


def _is_entry(field: str, name: object, content: object, problems: Problems) -> bool:
    if not isinstance(name, str) or not name:
        problems.add(field, f"has a name that is {'empty' if name == '' else kind_of(name)}.", "Names are text.")
        return False
    entry = f"{field}[{name[:100]!r}]"
    if not isinstance(content, str):
        # The value itself may be a secret: it is not repeated.
        problems.add(entry, f"must be text, not {kind_of(content)}.", "Write it in quotation marks.")
        return False
    defect = text_defect(name) or text_defect(content)
    if defect:
        problems.add(entry, defect, "Names and values are plain text.")
    return defect is None
