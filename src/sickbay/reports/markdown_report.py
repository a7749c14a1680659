"""The issue report in Markdown: what is put into an issue as it stands. Logs cannot break out of their blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sickbay.diagnosis.verdict import Evidence, Verdict
from sickbay.reports.characters import code_spans, counted, shortened
from sickbay.reports.issue import Issue, Item, Statement, place_of
from sickbay.reports.log_lines import amount, numbered
from sickbay.reports.reasoning import how_sure, look_of, meaning_of, ruled_out

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_BACKTICKS = re.compile(r"`+")

#: Other verdicts that are told.
_MOST_OTHERS = 5
_MOST_ERRORS = 20


def markdown_of(issue: Issue) -> str:
    """Return the report in CommonMark."""
    return "\n".join([f"# {_sentence(issue.title)}", "", *_sections(issue)]).rstrip() + "\n"


def _sections(issue: Issue) -> Iterator[str]:
    for title, lines in (
        ("Problem Description", _problem(issue)),
        ("Environment", _items(issue.environment)),
        ("Steps to Reproduce", _steps(issue.steps)),
        ("Expected Behavior", _statements(issue.expected)),
        ("Actual Behavior", _statements(issue.actual)),
        ("Error Messages", _errors(issue)),
        ("Configuration (sanitized)", _configuration(issue)),
        ("Logs", _logs(issue)),
    ):
        yield from (f"## {title}", "", *lines, "")
    yield f"_Made by Sickbay {issue.engine} on {issue.made:%Y-%m-%d at %H:%M} UTC. Known secrets are hidden._"


def _problem(issue: Issue) -> Iterator[str]:
    best = issue.diagnosis.best
    if best is None:
        yield f"{_sentence(issue.title)}, in {_code(issue.origin)}."
        return
    yield from _verdict(issue, best)
    yield from _what_would_decide(issue)
    yield from _others(issue)
    if checks := ruled_out(issue.diagnosis):
        yield from ("", "Ruled out:", "")
        yield from (f"- {_code(check.cause)}: {_sentence(shortened(check.why))}" for check in checks)


def _others(issue: Issue) -> Iterator[str]:
    others = issue.diagnosis.verdicts[1:]
    if others:
        yield from ("", "As likely:" if issue.diagnosis.undecided else "Less likely:", "")
        yield from (
            f"- {_sentence(verdict.title)} ({verdict.certainty}, {_code(verdict.cause)})"
            for verdict in others[:_MOST_OTHERS]
        )
    if len(others) > _MOST_OTHERS:
        yield f"- and {len(others) - _MOST_OTHERS} more"


def _what_would_decide(issue: Issue) -> Iterator[str]:
    probe = issue.diagnosis.next_probe
    if probe is None:
        return
    yield from ("", "What would decide:", "")
    if probe.command:
        yield from (*_block([probe.command], "sh"), "")
    yield from (_sentence(look_of(probe)), "")
    yield from (f"- {_code(answer.says)}: {_sentence(meaning_of(answer))}" for answer in probe.answers)


def _verdict(issue: Issue, verdict: Verdict) -> Iterator[str]:
    yield f"- **What:** {_sentence(verdict.title)}"
    yield f"- **Where:** {_code(issue.origin)}"
    yield f"- **How sure:** {how_sure(issue.diagnosis)}"
    if issue.is_unknown:
        looked = [f"{_code(log.source)} ({counted(log.line_count, 'line')})" for log in issue.logs]
        yield f"- **Looked at:** {', '.join([*looked, counted(len(issue.configuration), 'fact')])}"
    else:
        yield f"- **Cause:** {_code(verdict.cause)}"
    if guide := issue.guide_of(verdict):
        yield f"- **Why:** {_sentence(guide.root_cause)}"
        yield f"- **Impact:** {_sentence(guide.impact)} (severity: {guide.severity})"
    yield f"- **What helps:** {_sentence(verdict.repair)}"
    if verdict.guide:
        yield f"- **More:** {_code(f'sickbay guide show {verdict.guide}')}"


def _items(items: Iterable[Item]) -> Iterator[str]:
    return (f"- {_sentence(item.name)}: {_code(item.value)}" for item in items)


def _steps(steps: Iterable[Statement]) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        indent = " " * (len(str(number)) + 2)
        first, *rest = _statement(step, "sh")
        yield f"{number}. {first}"
        yield from (f"{indent}{line}".rstrip() for line in rest)


def _statements(statements: Iterable[Statement]) -> Iterator[str]:
    for number, statement in enumerate(statements):
        if number:
            yield ""
        yield from _statement(statement, "text")


def _statement(statement: Statement, language: str) -> Iterator[str]:
    yield f"**[Please fill in]** {_sentence(statement.text)}" if statement.to_fill_in else _sentence(statement.text)
    if statement.code:
        yield ""
        yield from _block(statement.code.splitlines(), language)


def _errors(issue: Issue) -> Iterator[str]:
    errors = list(issue.error_lines())
    if not errors:
        yield "None."
        return
    yield from _block([_told(evidence) for evidence in errors[:_MOST_ERRORS]], "text")
    if len(errors) > _MOST_ERRORS:
        yield from ("", f"{len(errors) - _MOST_ERRORS} more are not shown.")


def _told(evidence: Evidence) -> str:
    return f"{place_of(evidence)}: {shortened(evidence.text, column=evidence.column)}"


def _configuration(issue: Issue) -> Iterator[str]:
    for item in issue.configuration:
        meaning = f" — {_sentence(item.meaning)}" if item.meaning else ""
        yield f"- {_code(item.name)}: {_code(item.value)}{meaning}"
    if not issue.configuration:
        yield "No facts were given with the text (`--context`)."
    if issue.variables:
        names = ", ".join(_code(name) for name in issue.variables)
        yield from ("", f"Variables that are set where this report was made (names only): {names}")


def _logs(issue: Issue) -> Iterator[str]:
    if not issue.logs:
        yield "There is no text."
    for number, log in enumerate(issue.logs):
        if number:
            yield ""
        yield f"### {_code(log.source)} of {_code(log.origin)}"
        yield ""
        yield f"{amount(log)}{'; evidence is marked with `>`' if log.has_evidence else ''}."
        if log.shown:
            yield ""
            yield from _block(list(numbered(log)), "text")


def _block(lines: list[str], language: str) -> Iterator[str]:
    """Yield a code block whose fence is longer than any run of backticks in it."""
    content = [piece for line in lines for piece in line.split("\n")]
    longest = max((len(found) for line in content for found in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", *content, fence)


def _code(text: str) -> str:
    """Return a code span, with more backticks around it than in it."""
    text = " ".join(text.split()) or " "
    longest = max((len(found) for found in _BACKTICKS.findall(text)), default=0)
    ticks = "`" * (longest + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def _sentence(text: str) -> str:
    """Return a guide's sentence: its code stays code, the rest is plain text."""
    return "".join(_code(piece) if is_code else _plain(piece) for is_code, piece in code_spans(" ".join(text.split())))


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, and that mentions nobody on a forge."""
    return _SPECIAL.sub(r"\\\1", text).replace("@", "@<!-- -->")
