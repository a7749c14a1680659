"""Reports of a sick, a healthy, and an unknown case, and of one whose every text is hostile."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.redaction import Redactor
from sickbay.reports.assembly import issue_of
from sickbay.reports.case import Case, Surroundings
from sickbay.reports.issue import Issue
from sickbay.runner import builtin_engine

SURROUNDINGS = Surroundings(
    made=datetime.datetime(2026, 11, 22, 13, 5, tzinfo=datetime.UTC),
    environment={"Sickbay": "0.1.0", "Kernel": "Linux 6.1"},
    variables=["DOCKER_HOST"],
)
FULL_DISK = "OSError: [Errno 28] No space left on device: '/data/out'"
SICK_LOG = "\n".join([*(f"copying block {number}" for number in range(1, 400)), FULL_DISK, "stopped"]) + "\n"
SICK_FACTS = {
    "exit_code": 1,
    "image": "registry.example/copy:1.4",
    "command": "copy --to /data/out",
    "executor": "docker",
    "memory_limit_mb": 256,
    "job_status": "failed",
}

#: What a log, a command, or a name may hold to break out of where it is shown.
HOSTILE_LINES = (
    "```",
    "</pre></code><script>alert(1)</script>",
    "| a | b |",
    "~~~~~",
    '" onmouseover="alert(1)" \' <img src=//evil.example/x onerror=alert(1)>',
    "# heading [x](javascript:alert(1)) @somebody",
    "\x1b]0;title\x07\x1b[2Jred \u202egnp \x9b31m",
    "\tat com.example(Some.java:3)",
    "````````` nine",
    ']]>&amp;<!-- --> {0} "}],"runs":[]',
    'OCI runtime create failed: exec: "no`such<script>alert(2)</script>": executable file not found in $PATH: unknown',
    "x" * 5000,
)
HOSTILE = "\n".join(HOSTILE_LINES) + "\n"
HOSTILE_FACTS = {
    "exit_code": 127,
    "image": "a`b<script>|",
    "command": "sh -c '\n```\n# heading\n<img src=x onerror=alert(3)>\n' ```; <b>x</b> \x1b[2J ]]> \ud800",
    "working_directory": "/`<i>`",
}


def made(
    text: str | None = None,
    facts: Mapping[str, object] | None = None,
    *,
    name: str = "job.log",
    redactor: Redactor | None = None,
    again: str = "sickbay diagnose job.log",
) -> Issue:
    """Return the report of a text with facts."""
    texts = () if text is None else (text_source("text", text.encode("utf-8", "replace")),)
    known = Facts(values={fact.name: fact for fact in facts_from_context(facts or {})}, texts=texts)
    engine = builtin_engine()
    case = Case(facts=known, diagnosis=engine.diagnose(known), origin=name, again=again, uris={"text": "logs/job.log"})
    return issue_of(case, engine.guides, SURROUNDINGS, redactor or Redactor())


def sick() -> Issue:
    """Return a report with a verdict."""
    return made(SICK_LOG, SICK_FACTS)


def healthy() -> Issue:
    """Return a report in which nothing is wrong."""
    return made("all is well\n", {"exit_code": 0})


def unknown() -> Issue:
    """Return a report of what no guide knows."""
    return made("frob\nquux gave up\n", {"exit_code": 3})


def possible() -> Issue:
    """Return a report with a warning only."""
    return made("sh: nosuch: not found\n")


def undecided() -> Issue:
    """Return a report in which nothing decides between its two causes."""
    issue = made(
        "Error response from daemon: pull access denied for app, repository does not exist or may require login\n"
    )
    causes = tuple(verdict.cause for verdict in issue.diagnosis.verdicts)
    assert len(causes) == 2
    return replace(issue, diagnosis=replace(issue.diagnosis, undecided=causes))


def facts_alone() -> Issue:
    """Return a report without any text."""
    return made(None, {"exit_code": 137, "oom_killed": True}, again="")


def hostile() -> Issue:
    """Return a report whose every text tries to break out."""
    return made(HOSTILE, HOSTILE_FACTS, name="</title><script>`|.log")


ALL = {
    "sick": sick,
    "healthy": healthy,
    "unknown": unknown,
    "possible": possible,
    "undecided": undecided,
    "facts_alone": facts_alone,
    "hostile": hostile,
}
