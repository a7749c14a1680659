"""What stands in front of a program's own line when somebody else passed it on: times, names of containers and pods."""

from __future__ import annotations

import re

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_HOST_AND_UNIT = r"[\w.-]{1,64} [\w@./-]{1,64}(?:\[\d{1,10}\])?: "
# Behind a time that many write, a unit is known by its number: "Fatal error: " is none.
_HOST_AND_NUMBERED_UNIT = r"[\w.-]{1,64} (?:[\w@./-]{1,64}\[\d{1,10}\]|kernel|sudo|audit): "
_PREFIX = re.compile(
    "(?:"
    rf"{_TIME} std(?:out|err) [FP] "  # containerd and CRI-O
    rf"|[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d {_HOST_AND_UNIT}"  # the journal, syslog
    rf"|{_TIME} {_HOST_AND_NUMBERED_UNIT}"  # the same with other times
    rf"|{_TIME} \d\d[OE] "  # GitLab's runners
    rf"|\[{_TIME}\] "  # Jenkins
    rf"|{_TIME} "  # docker logs --timestamps, CI
    r"|[\w.@/-]{1,100} {1,40}\| "  # docker compose, docker service logs
    r"|\[(?:pod|job|deployment|deploy|ds|sts)[\w.-]{0,20}/[\w./-]{1,200}\] "  # kubectl logs --prefix
    r"|#\d{1,4} (?:\d{1,6}\.\d{1,3} )"  # docker build
    r"|##\[(?:error|warning|debug|command|section|group)\]"  # GitHub's and Azure's runners
    r"|\u2502 {1,4}"  # what is drawn in a box
    "){1,3}"
)


def without_prefix(line: str) -> str | None:
    """Return what follows the prefixes of a line, ``None`` where it has none."""
    found = _PREFIX.match(line)
    return None if found is None else line[found.end() :]
