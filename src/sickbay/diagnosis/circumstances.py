"""Whether anything went wrong at all, and when a line that looks like a symptom is none."""

from __future__ import annotations

import re

from sickbay.facts.model import Facts
from sickbay.guides.model import Guide
from sickbay.signatures.prefixes import without_prefix

# Commands that print what others wrote: what they show happened elsewhere, some other day, or never. Files of the
# kernel are no such texts: they say what is so now.
_READER = re.compile(
    r"^\s*(?:sudo\s+)?(?:cat|less|more|head|sed\s+-n|(?:git\s+)?(?:e|f|z|rip)?grep|rg|man|tldr|git\s+(?:log|show|diff|blame))"
    r"(?=\s)(?!.*\s/(?:proc|sys)/)"
    r"|\s--help\b|\s-h$|^\s*\w+\s+help\b"
)

# A command that a shell echoed (`set -x`), one at a prompt, and what a person quoted: said, not happened.
_ECHO = re.compile(r"^\s*(?:\+{1,5}|\$|>) \S")


def signatures_count(guide: Guide, signature_id: str, facts: Facts, line: str = "") -> bool:
    """Say whether a hit of this signature, in this line, is a symptom in these circumstances."""
    if is_reader(facts):
        return False
    signature = next((each for each in guide.front.signatures if each.id == signature_id), None)
    if is_echo(line) and not (signature and signature.despite_echo):
        return False
    return facts.value("exit_code") != 0 or bool(signature and signature.despite_success)


def is_trouble(facts: Facts) -> bool:
    """Say whether the facts alone tell that something went wrong."""
    status = facts.value("job_status")
    counts = any(facts.value(name) for name in ("exit_code", "tests_failed", "oom_killed", "host_is_held_off"))
    return counts or facts.value("host_is_healthy") is False or status in {"failed", "timeout"}


def is_echo(line: str) -> bool:
    """Say whether a line only repeats a command or somebody's words."""
    return _ECHO.match(without_prefix(line) or line) is not None


def is_reader(facts: Facts) -> bool:
    """Say whether the command only shows a text, like ``cat`` or ``--help``."""
    command = facts.value("command")
    return isinstance(command, str) and _READER.search(command) is not None
