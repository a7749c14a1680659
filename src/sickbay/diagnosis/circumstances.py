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

# Commands that show what another program wrote, or how it is: their own success says nothing of it.
_OPTIONS = r"(?:-\S+\s+(?:[^-\s]\S*\s+)??){0,8}"
_SHOWER = re.compile(
    rf"^\s*(?:sudo\s+)?(?:(?:docker|podman|nerdctl)\s+{_OPTIONS}(?:(?:compose|service|container)\s+)?{_OPTIONS}logs\b"
    rf"|docker-compose\s+{_OPTIONS}logs\b|docker\s+(?:service|stack|node)\s+ps\b"
    rf"|(?:kubectl|oc)\s+{_OPTIONS}(?:logs|describe)\b"
    rf"|journalctl\b|systemctl\s+{_OPTIONS}status\b|tail\s)"
)

# One at a prompt, and what a person quoted: said, not happened.
_QUOTE = re.compile(r"^\s*(?:\$|>) \S")

# What a shell echoed as it ran it (`set -x`): done, and said with the values that it was done with.
_TRACE = re.compile(r"^\s*\+{1,5} \S")


def signatures_count(guide: Guide, signature_id: str, facts: Facts, line: str = "") -> bool:
    """Say whether a hit of this signature, in this line, is a symptom in these circumstances."""
    if is_reader(facts) or is_quote(line):
        return False
    signature = next((each for each in guide.front.signatures if each.id == signature_id), None)
    if is_trace(line) and not (signature is not None and signature.despite_echo):
        return False
    return facts.value("exit_code") != 0 or _is_shower(facts) or (signature is not None and signature.despite_success)


def is_trouble(facts: Facts) -> bool:
    """Say whether the facts alone tell that something went wrong."""
    status = facts.value("job_status")
    counts = any(facts.value(name) for name in ("exit_code", "tests_failed", "oom_killed", "host_is_held_off"))
    return counts or facts.value("host_is_healthy") is False or status in {"failed", "timeout"}


def is_quote(line: str) -> bool:
    """Say whether a line only repeats somebody's words, or a command that was typed."""
    return _QUOTE.match(without_prefix(line) or line) is not None


def is_trace(line: str) -> bool:
    """Say whether a line is a command that a shell echoed as it ran it."""
    return _TRACE.match(without_prefix(line) or line) is not None


def is_reader(facts: Facts) -> bool:
    """Say whether the command only shows a text, like ``cat`` or ``--help``."""
    command = facts.value("command")
    return isinstance(command, str) and _READER.search(command) is not None


def _is_shower(facts: Facts) -> bool:
    """Say whether the command shows what another program wrote, as ``docker logs`` does."""
    command = facts.value("command")
    return isinstance(command, str) and _SHOWER.match(command) is not None
