"""The issue report as one HTML file: no script, no request, light and dark, for desks, phones, and paper.

Whatever comes from outside goes through :func:`_text`; the page's own policy forbids scripts and requests besides.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from importlib.resources import files

from sickbay.diagnosis.verdict import Certainty, Evidence, Verdict
from sickbay.reports.characters import code_spans, counted, shortened
from sickbay.reports.issue import Issue, Item, Line, Log, Statement, place_of
from sickbay.reports.log_lines import amount, gap
from sickbay.reports.reasoning import how_sure, look_of, meaning_of, ruled_out

_TONES = {
    Certainty.CONFIRMED: "bad",
    Certainty.LIKELY: "bad",
    Certainty.POSSIBLE: "warn",
    Certainty.UNKNOWN: "odd",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html_of(issue: Issue) -> str:
    """Return the whole page."""
    style = files("sickbay.reports").joinpath("report.css").read_text(encoding="utf-8")
    sections = list(_sections(issue))
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{_text(issue.title)} · Sickbay</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *_header(issue, [title for title, _ in sections]),
            *(line for title, lines in sections for line in _section(title, lines)),
            f"<footer>Made by Sickbay {_text(issue.engine)}. Known secrets are hidden.</footer>",
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _sections(issue: Issue) -> Iterator[tuple[str, Iterable[str]]]:
    yield "Problem Description", _problem(issue)
    yield "Environment", _items(issue.environment, "short")
    yield "Steps to Reproduce", _steps(issue.steps)
    yield "Expected Behavior", _statements(issue.expected)
    yield "Actual Behavior", _statements(issue.actual)
    yield "Error Messages", _errors(issue)
    yield "Configuration (sanitized)", _configuration(issue)
    yield "Logs", _logs(issue)


def _header(issue: Issue, titles: Iterable[str]) -> Iterator[str]:
    best = issue.diagnosis.best
    tone, badge = ("good", "healthy") if best is None else (_TONES[best.certainty], str(best.certainty))
    if issue.diagnosis.undecided or issue.diagnosis.not_measured:
        tone, badge = "warn", str(issue.diagnosis.state)
    yield f'<header class="{tone}">'
    yield f'<span class="badge">{badge}</span>'
    yield f"<h1>{_sentence(issue.title)}</h1>"
    made = f'<time datetime="{issue.made:%Y-%m-%dT%H:%M:%SZ}">{issue.made:%Y-%m-%d %H:%M} UTC</time>'
    yield f'<p class="quiet">{_code(issue.origin)} · {made}</p>'
    if best is not None and best.evidence:
        yield f'<div class="lines">{_error(best.evidence[0])}</div>'
    links = (f'<a href="#{_anchor(title)}">{title}</a>' for title in titles)
    yield f"<nav>{''.join(links)}</nav>"
    yield "</header>"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f'<section id="{_anchor(title)}">'
    yield f"<h2>{title}</h2>"
    yield from lines
    yield "</section>"


def _anchor(title: str) -> str:
    return title.partition(" (")[0].lower().replace(" ", "-")


def _problem(issue: Issue) -> Iterator[str]:
    best = issue.diagnosis.best
    if best is None:
        yield f"<p>{_text(issue.title)}. Looked at: {_looked_at(issue)}.</p>"
        return
    guide = issue.guide_of(best)
    if guide:
        yield f"<p>{_sentence(guide.problem)}</p>"
        yield f"<p><strong>Why.</strong> {_sentence(guide.root_cause)}</p>"
        yield f"<p><strong>Impact.</strong> {_sentence(guide.impact)}</p>"
    if issue.is_unknown:
        yield f"<p>Looked at: {_looked_at(issue)}.</p>"
    yield f'<p class="help"><strong>What helps.</strong> {_sentence(best.repair)}</p>'
    if guide:
        words = f"Cause {_code(best.cause)} · severity {_text(guide.severity)} · more: "
        yield f'<p class="quiet">{words}{_code(f"sickbay guide show {guide.slug}")}</p>'
    yield from _reasoning(issue)


def _reasoning(issue: Issue) -> Iterator[str]:
    diagnosis = issue.diagnosis
    if diagnosis.margin is not None:
        yield f'<p class="quiet">How sure: {_text(how_sure(diagnosis))}.</p>'
    if (probe := diagnosis.next_probe) is not None:
        answers = (f"<li>{_code(answer.says)}: {_text(meaning_of(answer))}</li>" for answer in probe.answers)
        yield "<h3>What would decide</h3>"
        yield f"<pre>{_text(probe.command)}</pre>" if probe.command else ""
        yield f"<p>{_sentence(look_of(probe))}</p><ul>{''.join(answers)}</ul>"
    if others := diagnosis.verdicts[1:]:
        yield f"<h3>{'As likely' if diagnosis.undecided else 'Less likely'}</h3>"
        yield f"<ul>{''.join(_other(verdict) for verdict in others)}</ul>"
    if checks := ruled_out(diagnosis):
        yield "<h3>Ruled out</h3>"
        told = (f"<li>{_code(check.cause)}: {_text(shortened(check.why))}</li>" for check in checks)
        yield f"<ul>{''.join(told)}</ul>"


def _looked_at(issue: Issue) -> str:
    texts = [f"{_code(log.source)} ({counted(log.line_count, 'line')})" for log in issue.logs]
    return ", ".join([*texts, counted(len(issue.configuration), "fact")])


def _other(verdict: Verdict) -> str:
    return f"<li>{_sentence(verdict.title)} ({verdict.certainty}, {_code(verdict.cause)})</li>"


def _items(items: Iterable[Item], kind: str) -> Iterator[str]:
    yield f'<dl class="{kind}">'
    for item in items:
        meaning = f"<small>{_text(item.meaning)}</small>" if item.meaning else ""
        yield f"<dt>{_text(item.name)}</dt><dd>{_text(item.value)}{meaning}</dd>"
    yield "</dl>"


def _steps(steps: Iterable[Statement]) -> Iterator[str]:
    yield "<ol>"
    for step in steps:
        yield f"<li>{''.join(_statement(step))}</li>"
    yield "</ol>"


def _statements(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        yield from _statement(statement)


def _statement(statement: Statement) -> Iterator[str]:
    if statement.to_fill_in:
        yield f'<p class="fill"><strong>Please fill in.</strong> {_sentence(statement.text)}</p>'
    else:
        yield f"<p>{_sentence(statement.text)}</p>"
    if statement.code:
        yield f"<pre>{_text(statement.code)}</pre>"


def _errors(issue: Issue) -> Iterator[str]:
    errors = list(issue.error_lines())
    if not errors:
        yield "<p>None.</p>"
        return
    yield '<div class="lines">'
    yield from (_error(evidence) for evidence in errors)
    yield "</div>"


def _error(evidence: Evidence) -> str:
    text = shortened(evidence.text, column=evidence.column)
    return f"<div><b>{_text(place_of(evidence))}</b><span>{_text(text)}</span></div>"


def _configuration(issue: Issue) -> Iterator[str]:
    if issue.configuration:
        yield from _items(issue.configuration, "long")
    else:
        yield f"<p>No facts were given with the text ({_code('--context')}).</p>"
    if issue.variables:
        names = ", ".join(_code(name) for name in issue.variables)
        yield f'<p class="quiet">Variables that are set where this report was made, names only: {names}</p>'


def _logs(issue: Issue) -> Iterator[str]:
    if not issue.logs:
        yield "<p>There is no text.</p>"
    for log in issue.logs:
        yield f"<h3>{_code(log.source)} of {_code(log.origin)}</h3>"
        highlighted = " Evidence is highlighted." if log.has_evidence else ""
        yield f'<p class="quiet">{amount(log)}.{highlighted}</p>'
        if log.shown:
            yield from _lines(log)


def _lines(log: Log) -> Iterator[str]:
    yield '<div class="lines">'
    for part in log.parts:
        if part.left_out:
            yield _gap(part.left_out)
        yield from (_line(line) for line in part.lines)
    if log.left_out_after:
        yield _gap(log.left_out_after)
    yield "</div>"


def _line(line: Line) -> str:
    tag = "mark" if line.is_evidence else "div"
    return f"<{tag}><b>{line.number}</b><span>{_text(line.text)}</span></{tag}>"


def _gap(count: int) -> str:
    return f"<i>{gap(count)}</i>"


def _sentence(text: str) -> str:
    """Return a guide's sentence with its code as code."""
    return "".join(_code(piece) if is_code else _text(piece) for is_code, piece in code_spans(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    return html.escape(text, quote=True)
