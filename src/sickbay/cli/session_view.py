"""Sessions as text of 80 columns and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sickbay.cli import output
from sickbay.cli.session_plans import plan_lines, proposed_plans
from sickbay.redaction import Redactor
from sickbay.safety.approvals import is_fresh
from sickbay.safety.budget import Moment
from sickbay.safety.cleaning import printable
from sickbay.safety.plan import plan_document
from sickbay.safety.session import Session, Status
from sickbay.safety.stages import Stage
from sickbay.safety.store import Stored

_DIGEST_SHOWN = 12


def session_report(stored: Stored, now: Moment) -> dict[str, Any]:
    """Return a session as plain data for JSON, with secrets hidden."""
    session = stored.session
    report: dict[str, Any] = {"session": stored.id, **verified_report(stored)}
    if session is None:
        return report
    redactor = Redactor()
    return report | {
        "status": str(session.status),
        "stage": str(session.stage),
        "reason": redactor.text(session.reason),
        "problem": redactor.text(session.problem),
        "actor": str(session.actor),
        "target": redactor.text(session.target.name),
        "environment": str(session.target.environment),
        "seconds_left": round(_seconds_left(session, now)),
        "calls_used": session.budget.calls_used,
        "bytes_used": session.budget.bytes_used,
        "outcomes": [
            {"stage": str(stage), **msgspec.to_builtins(outcome), "detail": redactor.text(outcome.detail)}
            for stage, outcome in session.outcomes
        ],
        "open": [
            {"intent": number, "action": intent.action} for number, intent in sorted(session.open_intents.items())
        ],
        "proposals": [
            {"digest": each.digest, "proposer": str(each.proposer), "plan": plan_document(plan)}
            for each, plan in proposed_plans(stored)
        ],
        "approvals": [
            {
                "approval": each.id,
                "digest": each.digest,
                "approver": str(each.approver),
                "usable": each.id not in session.redeemed and is_fresh(each, now),
            }
            for each in session.approvals.values()
        ],
    }


def verified_report(stored: Stored) -> dict[str, Any]:
    """Return what verifying a session's log found."""
    damage = stored.chain.damage
    return {
        "session": stored.id,
        "intact": damage is None,
        "records": len(stored.chain.records),
        "head": stored.chain.head.digest,
        "damage": None if damage is None else {"record": damage.number, "problem": damage.problem},
    }


def print_session(stored: Stored, now: Moment) -> None:
    """Print one session."""
    console = output.console()
    console.print(Text.assemble(("Session ", "bold"), (stored.id, "bold")))
    if stored.session is not None:
        table = Table.grid(padding=(0, 2, 0, 0))
        for name, value in _rows(stored.session, now):
            table.add_row(Text(name, style="dim"), Text(_hidden(value)))
        console.print(Padding(table, (0, 0, 0, 2), expand=False))
        for line in _parts(stored.session, now):
            console.print(Padding(Text(_hidden(line)), (0, 0, 0, 2), expand=False))
        for proposal, plan in proposed_plans(stored):
            proposer = _hidden(str(proposal.proposer))
            console.print(Text(f"  plan {proposal.digest[:_DIGEST_SHOWN]}, proposed by {proposer}"))
            for line in plan_lines(plan):
                console.print(Padding(Text(line), (0, 0, 0, 4), expand=False))
    _print_verdict(console, stored)


def print_sessions(sessions: Sequence[Stored], now: Moment) -> None:
    """Print the list of sessions, the latest last."""
    console = output.console()
    if not sessions:
        console.print("There is no session yet: 'sickbay session start' begins one.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("Session", "Status", "Stage", "Left", "Target"):
        table.add_column(name, no_wrap=name != "Target")
    for stored in sessions:
        session = stored.session
        if session is None or stored.chain.damage is not None:
            table.add_row(stored.id, "damaged", "", "", "")
            continue
        target = f"{session.target.name} ({session.target.environment})"
        table.add_row(stored.id, str(session.status), str(session.stage), _left(session, now), _hidden(target))
    console.print(table)


def print_verified(sessions: Iterable[Stored]) -> None:
    """Print whether each session's log is as it was written."""
    console = output.console()
    for stored in sessions:
        console.print(Text(stored.id, style="bold"), end="  ")
        _print_verdict(console, stored)


def _rows(session: Session, now: Moment) -> Iterator[tuple[str, str]]:
    yield "target", f"{session.target.name} ({session.target.environment})"
    if session.problem:
        yield "problem", session.problem
    yield "started by", str(session.actor)
    over = session.budget.why_spent(now) if session.status is Status.OPEN else ""
    why = session.reason or (f"{over}, so the next step escalates it" if over else "")
    yield "status", f"{session.status}: {why}" if why else str(session.status)
    yield "stage", f"{session.stage} ({_ORDER.index(session.stage) + 1} of {len(_ORDER)})"
    yield "left", f"{_left(session, now)} min, {session.budget.calls_used} calls used"


def _parts(session: Session, now: Moment) -> Iterator[str]:
    for stage, outcome in session.outcomes:
        yield f"{stage}: {outcome}{f', {outcome.detail}' if outcome.detail else ''}"
    for number, intent in sorted(session.open_intents.items()):
        yield f"action {number} ({intent.action}) began and has no recorded end"
    for approval in session.approvals.values():
        used = "used" if approval.id in session.redeemed else "usable" if is_fresh(approval, now) else "expired"
        yield f"plan {approval.digest[:_DIGEST_SHOWN]} approved by {approval.approver} ({used})"


_ORDER = tuple(Stage)


def _print_verdict(console: Console, stored: Stored) -> None:
    count = len(stored.chain.records)
    if stored.chain.damage is None:
        ends = stored.chain.head.digest[:_DIGEST_SHOWN]
        console.print(Text(f"{count} records, intact, ending in {ends}", style="green"))
    else:
        console.print(Text(f"damaged: {stored.chain.damage}", style="bold red"))


def _seconds_left(session: Session, now: Moment) -> float:
    return session.budget.seconds_left(now) if session.status is not Status.ENDED else 0.0


def _left(session: Session, now: Moment) -> str:
    minutes, seconds = divmod(int(_seconds_left(session, now)), 60)
    return f"{minutes}:{seconds:02}"


def _hidden(text: str) -> str:
    return printable(Redactor().text(text))
