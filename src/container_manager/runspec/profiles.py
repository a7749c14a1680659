"""Checking the kernel's profiles for a job: seccomp and AppArmor."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from container_manager.validation.plain_values import check_switch, check_text, kind_of
from container_manager.validation.problems import Problems

#: The platforms' word for "no profile at all".
UNCONFINED = "unconfined"

_PROFILE_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,200}")
_EXAMPLE = "{'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': [...]}"
_ON_PURPOSE = "Write allow_unconfined=True beside it, if that is meant; else leave it out for the platform's own."
_LONGEST_PROFILE = 1024 * 1024


def check_seccomp(fields: Mapping[str, object], problems: Problems) -> str | None:
    """Return the profile as JSON text, ``"unconfined"`` where that is asked for on purpose, ``None`` for none given."""
    value = fields.get("seccomp_profile")
    if value is None:
        return None
    if value == UNCONFINED:
        return _check_unconfined("seccomp_profile", fields, problems)
    profile = _parsed(value, problems) if isinstance(value, str) else value
    if profile is None:
        return None
    if not isinstance(profile, Mapping):
        message = f"must be a profile (a dictionary, or the same as JSON), not {kind_of(profile)}."
        problems.add("seccomp_profile", message, f"Write {_EXAMPLE}.")
        return None
    action = profile.get("defaultAction")
    if not isinstance(action, str) or not action.startswith("SCMP_ACT_"):
        problems.add("seccomp_profile", "has no defaultAction.", f"Write {_EXAMPLE}.")
        return None
    return _as_text(profile, problems)


def check_apparmor(fields: Mapping[str, object], problems: Problems) -> str | None:
    """Return the name of a profile that is loaded on the host, ``None`` for the platform's own."""
    name = check_text("apparmor_profile", fields.get("apparmor_profile"), problems, example="'docker-default'")
    if name == UNCONFINED:
        return _check_unconfined("apparmor_profile", fields, problems)
    if name and not _PROFILE_NAME.fullmatch(name):
        problems.add("apparmor_profile", f"{name[:100]!r} is no profile's name.", "Write the name, not the profile.")
        return None
    return name or None


def check_allow_unconfined(fields: Mapping[str, object], problems: Problems) -> None:
    """Refuse the word that allows "unconfined" where nothing asks for that."""
    allowed = check_switch("allow_unconfined", fields.get("allow_unconfined"), problems, default=False)
    if allowed and UNCONFINED not in (fields.get("seccomp_profile"), fields.get("apparmor_profile")):
        message = "allows what is not asked for."
        problems.add("allow_unconfined", message, "Leave it out, or write seccomp_profile='unconfined' beside it.")


def _check_unconfined(field: str, fields: Mapping[str, object], problems: Problems) -> str | None:
    if fields.get("allow_unconfined") is True:
        return UNCONFINED
    problems.add(field, "'unconfined' would undo a part of the isolation.", _ON_PURPOSE)
    return None


def _parsed(text: str, problems: Problems) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        detail = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""
        fix = f"Give the profile itself, not its file: json.loads(path.read_text()); for example {_EXAMPLE}."
        problems.add("seccomp_profile", f"is not JSON{detail}.", fix)
        return None


def _as_text(profile: Mapping[object, object], problems: Problems) -> str | None:
    try:
        text = json.dumps(profile, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        problems.add("seccomp_profile", "holds what JSON cannot hold.", f"Write {_EXAMPLE}.")
        return None
    if len(text) > _LONGEST_PROFILE:
        problems.add("seccomp_profile", f"is {len(text)} characters long.", f"At most {_LONGEST_PROFILE} are taken.")
        return None
    return text
